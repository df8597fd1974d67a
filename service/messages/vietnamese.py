"""The catalogue in Vietnamese."""

from service.messages.text import Text
from service.messages.vietnamese_processing import PROCESSING
from service.messages.vietnamese_storage import STORAGE

VIETNAMESE: dict[str, Text] = {
    **PROCESSING,
    **STORAGE,
    "edge-error": Text("Không thể trả lời yêu cầu"),
    "authentication-required": Text(
        "Hãy đăng nhập", "Gửi khóa bằng 'Authorization: Bearer ht_…', hoặc đăng nhập trên trang."
    ),
    "token-expired": Text("Địa chỉ này đã hết hạn", "Hãy hỏi lại địa chỉ xem của phiên bản."),
    "bad-origin": Text(
        "Yêu cầu đến từ trang của nơi khác", "Hãy dùng trang của máy chủ này, hoặc gửi khóa thay cho cookie."
    ),
    "broken-tiles": Text("Dữ liệu ô lát của phiên bản này bị hỏng", "Hãy chạy lại công việc lát ô."),
    "no-tiles-yet": Text("Chưa có gì để xem", "Hãy chờ các công việc của phiên bản này kết thúc."),
    "not-placed": Text(
        "Phiên bản chưa có vị trí đặt được chấp nhận",
        "Hãy nhờ người phụ trách quyết định, hoặc mở trong hệ riêng của nó.",
    ),
    "not-public": Text("Phiên bản này không công khai", "Hãy hỏi với access=session hoặc access=token."),
    "too-many-streams": Text(
        "Có quá nhiều luồng sự kiện đang mở", "Hãy đóng bớt trang rồi tải lại trang này."
    ),
    "disk-full": Text(
        "Ổ đĩa của máy chủ gần đầy",
        "Những gì đã gửi không mất: hãy gửi tiếp khi người vận hành đã dọn chỗ.",
    ),
    "region-outside": Text(
        "Nơi đặt hộp hoặc lăng trụ không có điểm nào",
        "Tọa độ tính bằng mét trong hệ riêng của phiên bản, trừ khi ghi coordinates: crs.",
    ),
    "range-not-satisfiable": Text("Khoảng byte được hỏi nằm ngoài tệp"),
    "invalid-idempotency-key": Text("Idempotency-Key rỗng hoặc quá dài", "Hãy gửi từ 1 đến 200 ký tự."),
    "invalid-request": Text("Yêu cầu không đúng dạng", "Trường 'errors' nói giá trị nào sai."),
    "method-not-allowed": Text("Địa chỉ này không nhận phương thức đó"),
    "too-many-bytes": Text(
        "Thân yêu cầu quá lớn", "Tệp không gửi ở đây: hãy mở một lần tải lên và gửi từng phần."
    ),
    "http-error": Text("Không thể trả lời yêu cầu"),
}
