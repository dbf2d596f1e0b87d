import Base
import Registry

/// How fast a run gets on, of what its steps have told of late.
///
/// Kept in memory: after a restart the rate is that of what was done since. A phase begins anew; so does one whose count goes
/// back.
struct ProgressMeter {
    private struct Sample {
        let nanoseconds: UInt64
        let done: Int
    }

    private var phase = ""
    private var samples: [Sample] = []

    /// The progress with its rate over the last samples, and the time left at that rate.
    mutating func measured(_ progress: RunProgress, at now: UInt64) -> RunProgress {
        if progress.phase != phase || progress.done < (samples.last?.done ?? 0) {
            phase = progress.phase
            samples = []
        }
        if let last = samples.last, now - last.nanoseconds < Limits.progressSampleNanoseconds {
            // Too soon for a sample of its own; the newest count stands at the newest moment when it is time.
        } else {
            samples.append(Sample(nanoseconds: now, done: progress.done))
        }
        if samples.count > Limits.progressSamplesMax { samples.removeFirst() }
        var progress = progress
        progress.ratePerSecond = nil
        progress.secondsLeft = nil
        guard let first = samples.first, now > first.nanoseconds else { return progress }
        let seconds = Double(now - first.nanoseconds) / 1e9
        let rate = Double(progress.done - first.done) / seconds
        progress.ratePerSecond = rate
        if let total = progress.total, rate > 0 {
            progress.secondsLeft = Double(max(0, total - progress.done)) / rate
        }
        return progress
    }
}
