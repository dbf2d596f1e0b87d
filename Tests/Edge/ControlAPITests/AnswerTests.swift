import Base
import Registry
import Reviews
import Tables
import Tenants
import Testing
import Workflows

@testable import ControlAPI

@Suite struct AnswerTests {
    @Test func aProblemIsRFC9457s() {
        let problem = Problem(.nameTaken, "taken \"x\"", field: "name", members: ["tenant": "t1"])
        let response = ControlResponse.problem(problem, requestID: "q1")
        #expect(
            String(decoding: response.body, as: UTF8.self)
                == #"{"type":"urn:homeroom:problem:name-taken","title":"The name is taken","status":409,"#
                + #""detail":"taken \"x\"","field":"name","tenant":"t1","requestId":"q1"}"#)
        #expect(response.fields.map(\.value).contains("application/problem+json"))
    }

    @Test(arguments: Problem.Kind.allCases)
    func eachKindHasAnErrorStatusAndATitle(kind: Problem.Kind) {
        #expect((400...599).contains(kind.status))
        #expect(!kind.title.hasSuffix("."))
    }

    @Test func whatIsUnknownIsAnInternalErrorWithoutParticulars() {
        struct Secret: Error {}
        let problem = Problem(Secret(), log: .none)
        #expect(problem.kind == .internalError)
        #expect(!problem.detail.contains("Secret"))
    }

    @Test func errorsOfTheFloorsBelowKeepTheirMeaning() throws {
        let run = RunID(random: SeededRandom(seed: 1))
        let cases: [(any Error, Problem.Kind)] = [
            (WorkflowError.noSuchRun(run), .notFound),
            (WorkflowError.keyReused(key: "k", run: run), .keyReused),
            (WorkflowError.locked(by: run, lock: "place"), .runUnderWay),
            (WorkflowError.finished(run, state: "completed"), .notApplicable),
            (WorkflowError.pastReturn(run, step: "clean up"), .notApplicable),
            (WorkflowError.stopped, .unavailable),
            (WorkflowError.unknownKind("x"), .internalError),
            (RegistryError.conflict(RegistryKey(partition: "tenant", sort: "t")), .conflict),
            (RegistryError.table(.storage("disk")), .internalError),
            (PolicyActivationError.noSuchVersion(3), .notFound),
            (PolicyActivationError.nothingBefore(1), .notApplicable),
            (PolicyActivationError.overtaken(expected: 1, found: 2), .conflict),
            (PolicyActivationError.badText(field: "note"), .invalidRequest),
            (PolicyActivationError.damaged(3), .internalError),
        ]
        for (error, kind) in cases { #expect(Problem(error, log: .none).kind == kind, "\(error)") }
    }

    @Test func aFailedRunNamesRunStepAndReason() {
        let run = RunID(random: SeededRandom(seed: 1))
        let problem = Problem(TenantError.runFailed(run, step: "provision", reason: "no disk"), log: .none)
        #expect(problem.kind == .runFailed)
        #expect(problem.members == ["run": run.text, "step": "provision", "reason": "no disk"])
    }

    @Test func aMetricIsPrometheusText() {
        let family = MetricFamily(
            "homeroom_x", "What it is.", .gauge,
            [.init(3, labels: [("name", "a\"b\\c\nd")]), .init(0.5)])
        #expect(
            family.text
                == "# HELP homeroom_x What it is.\n# TYPE homeroom_x gauge\n"
                + #"homeroom_x{name="a\"b\\c\nd"} 3"# + "\nhomeroom_x 0.5\n")
    }
}
