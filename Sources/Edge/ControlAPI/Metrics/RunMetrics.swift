import Base
import Workflows

/// What runs have come to, for metrics. The runs that have ended are history, not a state: they are counted, from the start of
/// the process on.
struct RunMetrics {
    let families: [MetricFamily]

    init(_ figures: RunFigures) {
        func samples(_ counts: [RunFigures.Key: Int], _ label: String) -> [MetricFamily.Sample] {
            counts.sorted { $0.key < $1.key }.map { key, count in
                .init(Double(count), labels: [("kind", key.kind), (label, key.name)])
            }
        }
        func samples(_ counts: [String: Int]) -> [MetricFamily.Sample] {
            counts.sorted { $0.key < $1.key }.map { .init(Double($0.value), labels: [("kind", $0.key)]) }
        }
        let ended = figures.ended.sorted { $0.key < $1.key }
        families = [
            MetricFamily(
                "homeroom_runs_open", "Runs that have not ended, by kind and state.", .gauge,
                samples(figures.open, "state")),
            MetricFamily(
                "homeroom_runs_stuck", "Runs that make no progress.", .gauge,
                [.init(Double(figures.stuck.values.reduce(0, +)))]),
            MetricFamily(
                "homeroom_runs_waiting_for_turn", "Runs that wait for others of their kind or tenant.",
                .gauge,
                samples(figures.waitingForTurn)),
            MetricFamily(
                "homeroom_runs_oldest_waiting_seconds",
                "For how long the run has waited that has waited longest for its turn or a thread.", .gauge,
                [.init(Double(figures.oldestWaitingMilliseconds) / 1000)]),
            MetricFamily(
                "homeroom_runs_ended_total", "Runs that have ended since the start of the process.", .counter,
                samples(figures.ended.mapValues(\.count), "state")),
            MetricFamily(
                "homeroom_runs_duration_seconds_total", "How long they took together, from start to end.",
                .counter,
                ended.map { key, durations in
                    .init(
                        Double(durations.milliseconds) / 1000,
                        labels: [("kind", key.kind), ("state", key.name)])
                }),
            MetricFamily(
                "homeroom_run_step_retries_total", "Errors after which a step was tried again.", .counter,
                samples(figures.retries, "step")),
            MetricFamily(
                "homeroom_run_step_failures_total", "Steps that failed for good.", .counter,
                samples(figures.failures, "step")),
        ]
    }
}
