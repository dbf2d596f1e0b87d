/// A metric with its samples, as Prometheus' text format shows it (version 0.0.4).
public struct MetricFamily: Sendable {
    /// What the numbers are.
    public enum Kind: String, Sendable {
        /// Only grows while the process lives.
        case counter
        /// Goes up and down.
        case gauge
        /// Buckets, sum and count: the samples carry the endings `_bucket`, `_sum` and `_count`.
        case histogram
    }

    /// One number.
    public struct Sample: Sendable {
        /// What stands behind the family's name: for histograms.
        public var ending: String
        /// Names and values, in order.
        public var labels: [(name: String, value: String)]
        /// The number.
        public var value: Double

        /// A number with its labels.
        public init(_ value: Double, labels: [(name: String, value: String)] = [], ending: String = "") {
            self.ending = ending
            self.labels = labels
            self.value = value
        }
    }

    /// The metric's name: `homeroom_…`.
    public let name: String
    /// What it tells.
    public let help: String
    /// What the numbers are.
    public let kind: Kind
    /// The numbers.
    public var samples: [Sample]

    /// A metric.
    public init(_ name: String, _ help: String, _ kind: Kind, _ samples: [Sample]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.samples = samples
    }

    /// The metric as text.
    var text: String {
        var text = "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples {
            let labels = sample.labels.map { "\($0.name)=\"\(MetricFamily.escaped($0.value))\"" }
            text += name + sample.ending + (labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}")
            text += " \(MetricFamily.number(sample.value))\n"
        }
        return text
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
    }
}
