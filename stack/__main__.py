"""`python -m stack`: the machine's own commands, also found as `heritwin up`, `status`, `doctor`."""

from stack.commands import app

app()
