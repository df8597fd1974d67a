"""What storage refuses, in Vietnamese."""

from service.messages.text import Text

STORAGE: dict[str, Text] = {
    "storage-error": Text("Kho lưu trữ từ chối"),
    "not-found": Text(
        "Không có mục này", "Hãy kiểm tra địa chỉ, hoặc đăng nhập: có thể bạn chưa được phép xem."
    ),
    "forbidden": Text(
        "Bạn được xem nhưng không được làm việc này", "Hãy xin quản trị viên của tổ chức cấp vai trò."
    ),
    "unauthorized": Text("Hãy đăng nhập", "Gửi khóa, hoặc đăng nhập trên trang."),
    "unknown-key": Text(
        "Không có khóa này", "Có thể gõ nhầm, hết hạn hoặc đã thu hồi: hãy xin quản trị viên khóa mới."
    ),
    "conflict": Text("Không làm được việc này trong trạng thái hiện tại"),
    "invalid-value": Text("Có giá trị không lưu được"),
    "quota-exceeded": Text(
        "Tổ chức đã hết dung lượng", "Hãy thu hồi những gì không cần, hoặc xin người vận hành thêm chỗ."
    ),
    "schema-too-old": Text(
        "Cơ sở dữ liệu cũ hơn chương trình", "Người vận hành chạy 'python -m storage migrate'."
    ),
    "organisation-code-taken": Text("Tổ chức khác đã dùng mã này", "Hãy chọn mã khác."),
    "scope-unknown": Text("Không có phạm vi này"),
    "last-admin": Text("Tổ chức cần có người quản trị", "Hãy trao quyền quản trị cho người khác trước."),
    "role-unknown": Text("Không có vai trò này"),
    "code-taken": Text("Đối tượng khác đã dùng mã này", "Hãy chọn mã khác."),
    "local-code-taken": Text(
        "Đối tượng khác trong tổ chức đã dùng ký hiệu riêng này", "Hãy chọn ký hiệu khác."
    ),
    "invalid-code": Text(
        "Đây không phải là mã", "Dùng chữ cái không dấu, chữ số, - và _; dấu chấm tự được thêm."
    ),
    "capture-code-taken": Text("Đợt khảo sát khác của đối tượng đã dùng mã này", "Hãy chọn mã khác."),
    "asset-name-taken": Text("Tư liệu khác của đối tượng đã dùng tên này", "Hãy chọn tên khác."),
    "version-not-verified": Text(
        "Chưa kiểm tra xong mọi byte của phiên bản này", "Hãy chờ công việc verify-upload."
    ),
    "version-not-published": Text("Phiên bản này chưa công bố"),
    "version-withdrawn": Text("Phiên bản này đã bị thu hồi", "Hãy tải lên một phiên bản mới."),
    "manifest-conflict": Text("Đã có một bản kê khác ở chỗ này", "Hãy báo lại: đây là lỗi của hệ thống."),
    "object-not-found": Text("Không còn các byte này", "Hãy báo lại kèm mã yêu cầu."),
    "multipart-not-found": Text("Lần tải lên này đã kết thúc ở kho tệp", "Hãy bắt đầu lần tải lên mới."),
    "parts-refused": Text(
        "Các phần không ghép được thành tệp", "Hãy hỏi phần nào đã đến và gửi các phần còn thiếu."
    ),
    "checksum-mismatch": Text("Các byte khác với những gì đã hứa", "Hãy gửi lại tệp."),
    "range-outside": Text("Khoảng byte được hỏi nằm ngoài đối tượng lưu trữ"),
    "lost-lease": Text("Công việc đã giao cho máy xử lý khác"),
    "job-ended": Text("Công việc đã kết thúc rồi"),
    "not-repeatable": Text(
        "Không thể làm lại việc này bằng một công việc", "Hãy kiểm chứng những gì nó được làm từ đó."
    ),
    "job-not-ended": Text("Chỉ chạy lại được công việc đã thất bại hoặc bị hủy"),
    "not-ready": Text("Còn thiếu một điều kiện cần"),
    "upload-not-open": Text("Lần tải lên này không nhận thêm phần nào", "Hãy bắt đầu lần tải lên mới."),
    "upload-parts-mismatch": Text(
        "Các phần không khớp với tệp đã hứa", "Hãy gửi lại các phần rồi hoàn tất lần nữa."
    ),
    "unknown-part": Text(
        "Tệp không có phần này, hoặc phần có cỡ khác", "Hãy cắt tệp như lần tải lên đã nêu."
    ),
    "invalid-upload": Text(
        "Không bắt đầu được lần tải lên này", "Hãy kiểm tra đường dẫn và kích thước các tệp."
    ),
    "not-a-point-cloud": Text("Chỉ đo và làm sạch được đám mây điểm", "Hãy chọn một phiên bản quét."),
    "nothing-to-cut": Text("Chỉ cắt được đám mây điểm", "Với lưới, hãy tải một mức chi tiết."),
    "derivative-not-building": Text("Sản phẩm phái sinh này không ở trạng thái đang tạo"),
    "frame-exists": Text(
        "Đối tượng đã có hệ quy chiếu", "Hệ quy chiếu không bao giờ thay đổi: hãy dùng hệ đã có."
    ),
    "alternative-unknown": Text(
        "Vị trí đặt không có phương án này", "Hãy xem danh sách phương án; đếm từ 0."
    ),
    "not-bootstrapped": Text("Máy chủ chưa có quản trị viên", "Hãy tạo: python -m storage bootstrap-admin."),
    "already-bootstrapped": Text(
        "Máy chủ đã có quản trị viên", "Hãy dùng khóa của người đó để tạo thêm khóa."
    ),
    "idempotency-mismatch": Text(
        "Idempotency-Key này đã dùng cho yêu cầu khác", "Mỗi yêu cầu dùng một khóa mới."
    ),
    "version-not-inspected": Text("Phiên bản chưa được xem xét", "Hãy chờ các công việc của nó."),
    "invalid-date": Text(
        "Không dùng được ngày tháng này",
        "Viết theo EDTF: 1833, 1833-03, 1833~, 189X, 1833/1916, ../1805; -0299 là năm 300 TCN.",
    ),
    "unknown-code": Text(
        "Bản ghi nhắc đến một mã không có", "Hãy kiểm tra chính tả, hoặc nhập mã đó bằng tệp bản ghi."
    ),
    "invalid-record": Text("Bản ghi tự mâu thuẫn hoặc không lưu được"),
    "record-code-taken": Text(
        "Đã có bản ghi mang mã này với nội dung khác",
        "Bản ghi không bao giờ thay đổi: hãy chọn mã khác, hoặc đính chính phát biểu.",
    ),
    "exclusive-conflict": Text(
        "Một phát biểu khác loại trừ phát biểu này",
        "Hãy đính chính phát biểu kia, hoặc bỏ `exclusive` để cả hai cùng tồn tại.",
    ),
    "statement-superseded": Text("Phát biểu này đã được đính chính", "Hãy đính chính phát biểu mới hơn."),
    "history-scope-needed": Text(
        "Khóa này không được khai thời điểm ghi nhận",
        "Hãy xin quản trị viên một khóa có phạm vi history:import.",
    ),
    "nothing-to-register-to": Text(
        "Trong hệ quy chiếu này chưa có gì để so khớp",
        "Hãy cho điểm khống chế, hoặc đặt một phiên bản khác trước.",
    ),
}
