import Base
import GatewayTestKit
import HTTPClient
import Testing

@testable import GatewayAPI

struct EndToEndTests {
    @Test func putsAndGetsAnItemWithCredentialsOfSTS() throws {
        let server = try TestServer()
        let own = server.deployment.own
        let credentials = try server.credentials(own)
        let key = #"{"recordKey":{"S":"\#(own.studentKey)"},"entityKey":{"S":"PROFILE"}}"#
        let item = #"{"recordKey":{"S":"\#(own.studentKey)"},"entityKey":{"S":"PROFILE"},"n":{"N":"1.0"}}"#

        let put = try server.call(
            "PutItem", #"{"TableName":"student-table","Item":\#(item)}"#, as: credentials)
        #expect(put.text == "{}")
        #expect(put.status == 200)

        let got = try server.call("GetItem", #"{"TableName":"student-table","Key":\#(key)}"#, as: credentials)
        #expect(got.status == 200)
        #expect(
            got.text
                == #"{"Item":{"entityKey":{"S":"PROFILE"},"n":{"N":"1"},"recordKey":{"S":"\#(own.studentKey)"}}}"#
        )
        #expect(got.header("content-type") == "application/x-amz-json-1.0")
        #expect(got.header("x-amzn-requestid")?.utf8.count == 52)
    }
}
