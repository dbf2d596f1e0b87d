import Base
import HTTPServer
import Registry

/// Operations for machines that watch the server.
enum HealthRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.get, "/healthz") { _ in
            .json { json in
                json.beginObject()
                json.member("status", "ok")
                json.endObject()
            }
        },
        ControlRoute(.get, "/readyz", ready),
        ControlRoute(.get, "/metrics", metrics),
    ]

    /// Ready once the registry answers and the gateway listens.
    private static func ready(_ call: ControlCall) throws -> ControlResponse {
        guard call.services.isReady() else {
            throw Problem(.unavailable, "the server is starting or stopping; ask again in a second")
        }
        _ = try call.services.registry.list(StoreRecord.self, limit: 1)
        return .json { json in
            json.beginObject()
            json.member("status", "ready")
            json.member("version", call.services.version)
            json.endObject()
        }
    }

    private static func metrics(_ call: ControlCall) throws -> ControlResponse {
        let families = try ControlMetrics(services: call.services).families() + call.services.metrics()
        return .text(families.map(\.text).joined(), type: "text/plain; version=0.0.4; charset=utf-8")
            .adding("Cache-Control", "no-store")
    }
}
