"""What ended a job, in Vietnamese: one text for each kind of the processing room and its warden."""

from service.messages.text import Text

PROCESSING: dict[str, Text] = {
    "unknown-format": Text(
        "Không nhận ra định dạng của tệp", "Hãy gửi LAS, LAZ, E57, PLY, XYZ, OBJ hoặc GLB."
    ),
    "unsupported-format": Text(
        "Định dạng này được nhận ra nhưng không đọc được ở đây", "Hãy xuất thành LAZ, E57, PLY, OBJ hoặc GLB."
    ),
    "mislabelled": Text("Nội dung không đúng với tên tệp", "Hãy đổi tên tệp hoặc xuất lại."),
    "empty-file": Text("Tệp rỗng", "Hãy kiểm tra việc xuất tệp rồi gửi lại."),
    "truncated": Text("Tệp bị cụt", "Tệp bị đứt khi sao chép hoặc xuất: hãy gửi bản đầy đủ."),
    "invalid-header": Text("Phần đầu của tệp bị hỏng", "Hãy xuất lại tệp."),
    "count-mismatch": Text("Số phần tử trong tệp khác với số đã khai báo", "Hãy xuất lại tệp."),
    "corrupt-data": Text("Dữ liệu trong tệp bị hỏng", "Hãy gửi bản không bị hỏng."),
    "empty-result": Text(
        "Không tìm thấy hình học nào",
        "Hãy kiểm tra rằng tệp xuất có điểm hoặc tam giác, hoặc hộp hay lăng trụ nằm đúng chỗ có điểm.",
    ),
    "non-finite": Text("Tệp có tọa độ không phải là số", "Hãy bỏ các giá trị NaN và vô hạn rồi xuất lại."),
    "index-out-of-range": Text("Có tam giác trỏ tới đỉnh không tồn tại", "Hãy xuất lại lưới."),
    "external-reference": Text(
        "Tệp trỏ ra ngoài thư mục của nó", "Hãy đặt những gì nó cần bên cạnh và gửi cùng nhau."
    ),
    "missing-reference": Text(
        "Thiếu một tệp mà tệp này cần", "Hãy gửi vật liệu và ảnh bề mặt trong cùng một lần tải lên."
    ),
    "too-large": Text(
        "Tệp lớn hơn mức đọc được ở đây", "Hãy chia nhỏ, hoặc đề nghị người vận hành nâng giới hạn."
    ),
    "too-deep": Text("Tệp lồng nhau quá sâu", "Hãy làm phẳng cấu trúc rồi xuất lại."),
    "unknown-crs": Text("Không rõ hệ tọa độ", "Hãy ghi hệ tọa độ của đợt khảo sát."),
    "invalid-arguments": Text("Bước xử lý được gọi với tham số sai"),
    "invalid-region": Text(
        "Hộp hoặc lăng trụ không hợp lệ",
        "Hãy ghi góc thấp trước, hoặc ít nhất ba đỉnh theo thứ tự đi vòng quanh.",
    ),
    "kernel-missing": Text(
        "Chưa cài một phần cần cho bước này", "Người vận hành có thể chạy 'heritwin doctor'."
    ),
    "registration-failed": Text(
        "Không tìm được vị trí đặt", "Hãy cho ít nhất ba điểm khống chế hoặc một vị trí ban đầu."
    ),
    "memory-limit": Text(
        "Bước xử lý cần nhiều bộ nhớ hơn mức cho phép",
        "Hãy chia nhỏ tệp, hoặc đề nghị một máy xử lý lớn hơn.",
    ),
    "disk-limit": Text(
        "Bước xử lý cần nhiều đĩa hơn mức cho phép", "Hãy chia nhỏ tệp, hoặc đề nghị thêm dung lượng đĩa."
    ),
    "time-limit": Text("Bước xử lý lâu hơn mức cho phép", "Hãy chia nhỏ tệp, hoặc đề nghị nâng giới hạn."),
    "parser-crash": Text("Bộ đọc bị sập khi đọc tệp", "Có lẽ tệp bị hỏng: hãy xuất lại."),
    "cancelled": Text("Công việc đã bị hủy", "Có thể chạy lại."),
    "room-unavailable": Text(
        "Phòng xử lý không chạy được ở đây", "Người vận hành có thể chạy 'heritwin doctor'."
    ),
    "worker-lost": Text("Máy xử lý biến mất khi đang làm", "Công việc tự được làm lại, tối đa ba lần."),
    "output-refused": Text(
        "Kết quả của bước xử lý bị từ chối", "Hãy báo lại: đây là lỗi của hệ thống hoặc tệp độc hại."
    ),
    "work-gone": Text(
        "Dữ liệu trung gian cho công việc này đã bị xóa", "Hãy chạy lại: đám mây điểm được đọc lại trước."
    ),
    "storage-unavailable": Text("Kho lưu trữ không trả lời", "Hãy thử lại sau một phút."),
    "internal": Text("Có lỗi ở phía chúng tôi", "Hãy báo lại kèm mã yêu cầu."),
    "digest-mismatch": Text("Các byte nhận được khác với các byte đã hứa", "Hãy gửi lại tệp."),
    "dependency-failed": Text("Một công việc mà việc này cần đã thất bại", "Hãy xem lý do của công việc đó."),
}
