import Base
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::1", "::1"), ("2001:DB8:0:0::5", "2001:db8::5"),
        ("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::1"), ("1.2.3", nil), ("1.2.3.4.5", nil),
        ("01.2.3.4", nil), ("256.1.1.1", nil), ("", nil), ("localhost", nil), (" 1.2.3.4", nil),
        ("[::1]", nil),
        ("1.2.3.4\0", nil), ("1.2.3.4%eth0", nil), ("::1/128", nil),
    ])
    func readsTheNumericForm(text: String, expected: String?) {
        #expect(IPAddress(text)?.description == expected)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.9.8.7", true), ("::1", true), ("::ffff:127.0.0.1", true),
        ("128.0.0.1", false),
        ("::2", false), ("1::1", false), ("::ffff:128.0.0.1", false),
    ])
    func knowsThisMachine(text: String, isLoopback: Bool) {
        #expect(IPAddress(text)?.isLoopback == isLoopback)
    }

    @Test(arguments: [
        ("10.1.2.3/8", "10.0.0.0/8"), ("10.1.2.3", "10.1.2.3/32"), ("192.0.2.255/25", "192.0.2.128/25"),
        ("2001:db8:1:2:3::/48", "2001:db8:1::/48"), ("::1", "::1/128"), ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("0.0.0.0/0", "0.0.0.0/0"), ("10.0.0.0/33", nil), ("10.0.0.0/-1", nil), ("10.0.0.0/", nil),
        ("10.0.0.0/08", nil), ("10.0.0.0/8/8", nil), ("::ffff:10.0.0.0/95", nil), ("/8", nil),
        ("::/129", nil),
    ])
    func readsNetworks(text: String, expected: String?) {
        #expect(IPNetwork(text)?.description == expected)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
        ("10.0.0.0/8", "::ffff:10.0.0.1", true),
        ("192.0.2.128/25", "192.0.2.128", true), ("192.0.2.128/25", "192.0.2.127", false),
        ("::/0", "10.0.0.1", false),
        ("2001:db8:1::/48", "2001:db8:1:ffff::1", true), ("2001:db8:1::/48", "2001:db8:2::1", false),
    ])
    func saysWhichAddressesAreInANetwork(network: String, address: String, isIn: Bool) throws {
        #expect(try #require(IPNetwork(network)).contains(try #require(IPAddress(address))) == isIn)
    }
}
