import COpenSSL

/// A public key for ES256: ECDSA on the curve P-256 with SHA-256 (RFC 7518 section 3.4).
public struct ES256PublicKey: Sendable, Equatable {
    /// How many bytes a signature has: r and s, 32 bytes each, side by side.
    public static let signatureBytes = 64
    static let coordinateBytes = 32

    /// The point's first coordinate, 32 bytes, the most significant first.
    public let x: [UInt8]
    /// The point's second coordinate, 32 bytes, the most significant first.
    public let y: [UInt8]
    private let key: KeyHandle

    /// The key of this point.
    /// - Throws: `CryptoError.invalidPublicKey` unless both have 32 bytes and the point is on the curve.
    public init(x: [UInt8], y: [UInt8]) throws(CryptoError) {
        let point = [0x04] + x + y
        guard x.count == ES256PublicKey.coordinateBytes, y.count == ES256PublicKey.coordinateBytes,
            let pointer = homeroom_p256_public_key(point, point.count)
        else {
            ERR_clear_error()
            throw .invalidPublicKey(kind: "ES256")
        }
        key = KeyHandle(pointer)
        self.x = x
        self.y = y
    }

    /// Whether `signature`, r and s side by side, is one of `message` by this key.
    public func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        guard let encoded = ECDSASignature.encode(signature) else { return false }
        return key.isValid(encoded, for: message, digest: Algorithms.sha256)
    }

    /// Whether both are the same point.
    public static func == (left: ES256PublicKey, right: ES256PublicKey) -> Bool {
        left.x == right.x && left.y == right.y
    }
}

/// The two forms of an ECDSA signature: r and s side by side (RFC 7518) and DER (OpenSSL).
enum ECDSASignature {
    /// The DER form; nil unless `raw` has 64 bytes.
    static func encode(_ raw: [UInt8]) -> [UInt8]? {
        let half = ES256PublicKey.coordinateBytes
        guard raw.count == ES256PublicKey.signatureBytes else { return nil }
        let signature = mustExist(ECDSA_SIG_new(), "ECDSA_SIG_new")
        defer { ECDSA_SIG_free(signature) }
        let r = mustExist(BN_bin2bn(Array(raw[..<half]), Int32(half), nil), "BN_bin2bn")
        let s = mustExist(BN_bin2bn(Array(raw[half...]), Int32(half), nil), "BN_bin2bn")
        mustSucceed(ECDSA_SIG_set0(signature, r, s), "ECDSA_SIG_set0")
        let count = i2d_ECDSA_SIG(signature, nil)
        precondition(count > 0, "OpenSSL: i2d_ECDSA_SIG")
        return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, written in
            var position = buffer.baseAddress
            written = Int(i2d_ECDSA_SIG(signature, &position))
            precondition(written == Int(count), "OpenSSL: i2d_ECDSA_SIG")
        }
    }

    /// r and s side by side, of a DER form that OpenSSL made.
    static func decode(_ encoded: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        let half = ES256PublicKey.coordinateBytes
        var position = encoded.baseAddress
        let signature = mustExist(d2i_ECDSA_SIG(nil, &position, encoded.count), "d2i_ECDSA_SIG")
        defer { ECDSA_SIG_free(signature) }
        return [UInt8](unsafeUninitializedCapacity: half * 2) { raw, count in
            let written =
                BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw.baseAddress, Int32(half))
                + BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw.baseAddress?.advanced(by: half), Int32(half))
            precondition(written == Int32(half * 2), "OpenSSL: BN_bn2binpad")
            count = half * 2
        }
    }
}
