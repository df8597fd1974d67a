# syntax=docker/dockerfile:1
# Heritwin's own processes (API, dispatcher, workers, migrations) in one image; the command chooses.
# never started: no container engine runs where this is developed. Checked by tests/stack/test_docker.py as text.

FROM node:22-bookworm-slim AS pages
WORKDIR /src
COPY viewer/package.json viewer/package-lock.json viewer/
RUN cd viewer && npm ci --ignore-scripts --no-audit --no-fund
COPY kernel/package.json kernel/package-lock.json kernel/
RUN cd kernel && npm ci --ignore-scripts --no-audit --no-fund
COPY viewer viewer
RUN cd viewer && npm run build

FROM python:3.12-slim-bookworm AS server
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/app/.venv/bin:$PATH
# What Open3D links to, and bubblewrap for the processing room (stack/setup/system-libraries.sh names the same).
RUN apt-get update \
    && apt-get install -y --no-install-recommends libusb-1.0-0 libegl1 libgl1 libx11-6 libgomp1 bubblewrap \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home heritwin
RUN pip install --no-cache-dir "uv>=0.9,<1"
WORKDIR /app
COPY requirements.lock ./
RUN uv venv --quiet .venv && uv pip sync --python .venv/bin/python --require-hashes requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY client client
COPY service service
COPY workers workers
COPY storage storage
COPY processing processing
COPY stack stack
# Editable: the packages stay where they are, so the pages and the kernel below are found beside them.
RUN uv pip install --python .venv/bin/python --no-deps --editable . --editable client
COPY --from=pages /src/service/static service/static
COPY --from=pages /src/kernel/node_modules /tmp/kernel
RUN python -m processing.meshes.kernels.setup /tmp/kernel processing/meshes/_kernel/meshopt_simplifier.wasm \
    && rm -rf /tmp/kernel \
    && NUMBA_CACHE_DIR=/app/.venv/numba python -m processing warm > /dev/null \
    && install -d -o heritwin -g heritwin /data
USER heritwin
ENV HERITWIN_DATA_DIR=/data HERITWIN_NUMBA_CACHE=/app/.venv/numba HERITWIN_API_HOST=0.0.0.0 HERITWIN_API_PORT=8000
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["python", "-P", "-m", "service"]
