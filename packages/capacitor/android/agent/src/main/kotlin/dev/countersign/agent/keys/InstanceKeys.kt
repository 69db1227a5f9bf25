package dev.countersign.agent.keys

import dev.countersign.agent.protocol.ClientAttestationRequest
import dev.countersign.agent.protocol.Configuration
import dev.countersign.agent.protocol.DpopRequest
import dev.countersign.agent.protocol.HttpSignature
import dev.countersign.agent.protocol.HttpSignatureRequest
import dev.countersign.agent.protocol.attestationChallenge
import dev.countersign.agent.protocol.encodeBase64Url

/** A new instance key: what certifies it, and over which challenge. */
class EnrolledKey internal constructor(
    /** 65-byte uncompressed P-256 point. */
    val instanceKey: ByteArray,
    /** The open challenge, 60 bytes, that the attestation answers. */
    val challenge: ByteArray,
    /** DER, leaf first. */
    val chain: List<ByteArray>,
)

/**
 * The instance keys of one project in the Android Keystore, and the proofs that they make. There is no way to have chosen bytes signed, and no
 * key but this project's own is looked at. A key has an alias, `[A-Za-z0-9_-]{1,64}`, which the caller chooses. Every call may take tens of milliseconds, hundreds with a StrongBox: call from a background
 * thread. All throw [KeyFault].
 */
class InstanceKeys(configuration: Configuration) {
    private val prefix = "countersign.${encodeBase64Url(configuration.project)}."
    private val proofs = InstanceProofs(configuration.project)

    /**
     * Makes a key of this alias and the platform's evidence for it over this open challenge (60 bytes). Android fixes the challenge when the key is made, so
     * that one of an earlier try is made anew.
     */
    fun enrol(alias: String, challenge: ByteArray): EnrolledKey {
        val key = named(alias) { makeKeystoreKey(nameOf(alias), attestationChallenge(challenge)) }
        val chain = key.chain.map { it.encoded }
        if (chain.size !in 3..6 || chain.any { it.size > MAX_CERTIFICATE_BYTES }) {
            forget(alias)
            throw KeyFault.unsupported("this device's keystore attests no keys", alias)
        }
        return EnrolledKey(key.point, challenge, chain)
    }

    /** ES256 over a statement of this project, 64 bytes. */
    fun prove(alias: String, statement: ByteArray): ByteArray = named(alias) { proofs.prove(KeystoreKey.load(nameOf(alias)), statement) }

    /** ES256 by an old key over an enrolment of a new one, 64 bytes. */
    fun provePrevious(alias: String, statement: ByteArray): ByteArray = named(alias) { proofs.provePrevious(KeystoreKey.load(nameOf(alias)), statement) }

    /** A DPoP proof (RFC 9449), a compact JWS. */
    fun dpop(alias: String, request: DpopRequest): String = named(alias) { proofs.dpop(KeystoreKey.load(nameOf(alias)), request) }

    /** `Signature-Input` and `Signature` (RFC 9421), label `countersign`. */
    fun httpSignature(alias: String, request: HttpSignatureRequest): HttpSignature = named(alias) { proofs.httpSignature(KeystoreKey.load(nameOf(alias)), request) }

    /** The proof that goes with an OAuth client attestation, a compact JWS. */
    fun clientAttestationProof(alias: String, request: ClientAttestationRequest): String =
        named(alias) { proofs.clientAttestationProof(KeystoreKey.load(nameOf(alias)), request) }

    /** Deletes a key. Unknown aliases are ignored. */
    fun forget(alias: String) {
        if (!aliases.matches(alias)) return
        try {
            openKeystore().deleteEntry(nameOf(alias))
        } catch (fault: Exception) {
            throw toKeyFault(fault, alias)
        }
    }

    /** The keystore holds the app's other keys too: the prefix keeps them out of reach. */
    private fun nameOf(alias: String): String {
        if (!aliases.matches(alias)) throw KeyFault.invalidKey(alias)
        return prefix + alias
    }

    private fun <T> named(alias: String, step: () -> T): T = try {
        step()
    } catch (fault: KeyFault) {
        throw fault.of(alias)
    }

    private companion object {
        val aliases = Regex("[A-Za-z0-9_-]{1,64}")
        const val MAX_CERTIFICATE_BYTES = 8 * 1024
    }
}
