import CryptoKit
import DeviceCheck

/// Has Apple say that the request comes from this app on a phone that nobody has tampered with.
enum Attest {
    static var hasSecureEnclave: Bool { SecureEnclave.isAvailable }

    /// Over SHA-256 of the challenge and the thumbprints of both keys, one after another. Without App Attest, or without
    /// a network for it, the reply is empty.
    static func attest(_ request: AttestRequest, done: @escaping (Attested) -> Void) {
        let service = DCAppAttestService.shared
        let nothing = Attested(object: nil, keyId: nil)
        guard service.isSupported else { return done(nothing) }
        let hash = Data(SHA256.hash(data: Data((request.challenge + request.pop + request.uv).utf8)))
        service.generateKey { key, _ in
            guard let key = key else { return done(nothing) }
            service.attestKey(key, clientDataHash: hash) { object, _ in
                done(object.map { Attested(object: $0.base64EncodedString(), keyId: key) } ?? nothing)
            }
        }
    }
}
