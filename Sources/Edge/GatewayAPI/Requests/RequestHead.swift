import Base
import Gateway
import HTTPServer

/// What DynamoDB's protocol says in a request's header fields, found in one pass over them.
struct RequestHead {
    /// What the body is.
    let contentType: ContentType
    /// The operation that `X-Amz-Target` names; nil where it names none that is there.
    let operation: GatewayOperation?
    /// Where the value of `Content-Encoding` is, if there is one.
    let contentEncoding: Range<Int>?
    /// Whether the client takes compressed answers.
    let acceptsGZip: Bool

    /// Of each field that stands twice, the first counts.
    init(_ fields: HTTPFields) {
        var contentType: Range<Int>?
        var target: Range<Int>?
        var contentEncoding: Range<Int>?
        var acceptEncoding: Range<Int>?
        for index in 0..<fields.count {
            switch fields.name(at: index).count {
            case 12 where contentType == nil && fields.isNamed("content-type", at: index):
                contentType = fields.value(at: index)
            case 12 where target == nil && fields.isNamed("x-amz-target", at: index):
                target = fields.value(at: index)
            case 16 where contentEncoding == nil && fields.isNamed("content-encoding", at: index):
                contentEncoding = fields.value(at: index)
            case 15 where acceptEncoding == nil && fields.isNamed("accept-encoding", at: index):
                acceptEncoding = fields.value(at: index)
            default: break
            }
        }
        self.contentType = ContentType(contentType.map { fields.bytes[$0] })
        operation = target.flatMap { DynamoTarget.operation(fields.bytes[$0]) }
        self.contentEncoding = contentEncoding
        acceptsGZip = acceptEncoding.map { AcceptEncoding.allowsGZip(fields.bytes[$0]) } ?? false
    }
}
