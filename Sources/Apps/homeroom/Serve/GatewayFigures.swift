import ControlAPI
import Gateway

/// What the gateway has counted, as metrics.
struct GatewayFigures {
    let metrics: GatewayMetrics

    var families: [MetricFamily] {
        [
            requests, latency,
            MetricFamily(
                "homeroom_gateway_parked_total", "Writes that had to wait for a move.", .counter,
                [.init(Double(metrics.parked.value))]),
            MetricFamily(
                "homeroom_gateway_parked", "Writes that wait for a move now.", .gauge,
                [.init(Double(metrics.parkedNow.value))]),
            MetricFamily(
                "homeroom_gateway_rerouted_total",
                "Requests routed anew after they met an outdated placement.",
                .counter, [.init(Double(metrics.rerouted.value))]),
            MetricFamily(
                "homeroom_gateway_wall_alarms_total",
                "Requests that the policies let through and the second wall stopped; more than 0 is an alarm.",
                .counter,
                [.init(Double(metrics.wallAlarms.value))]),
        ]
    }

    /// The outcomes that have happened; `ok` and `denied` always.
    private var requests: MetricFamily {
        var samples: [MetricFamily.Sample] = []
        for operation in GatewayOperation.allCases {
            for outcome in GatewayOutcome.allCases {
                let count = metrics.requestCount(operation, outcome)
                guard count > 0 || outcome == .ok || outcome == .denied else { continue }
                samples.append(
                    .init(
                        Double(count), labels: [("operation", operation.name), ("outcome", outcome.name)])
                )
            }
        }
        return MetricFamily(
            "homeroom_gateway_requests_total", "Requests by operation and outcome.", .counter, samples)
    }

    private var latency: MetricFamily {
        var samples: [MetricFamily.Sample] = []
        for operation in GatewayOperation.allCases {
            let buckets = metrics.latencyBuckets(operation)
            let total = buckets.reduce(0, +)
            guard total > 0 else { continue }
            let label = ("operation", operation.name)
            var below = 0
            for (count, microseconds) in zip(buckets, GatewayMetrics.bucketMicroseconds) {
                below += count
                let end = ("le", "\(Double(microseconds) / 1e6)")
                samples.append(.init(Double(below), labels: [label, end], ending: "_bucket"))
            }
            samples.append(.init(Double(total), labels: [label, ("le", "+Inf")], ending: "_bucket"))
            let seconds = Double(metrics.latencyMicroseconds(operation)) / 1e6
            samples.append(.init(seconds, labels: [label], ending: "_sum"))
            samples.append(.init(Double(total), labels: [label], ending: "_count"))
        }
        return MetricFamily(
            "homeroom_gateway_request_seconds", "How long requests took.", .histogram, samples)
    }
}
