package dev.countersign.agent.keys

import dev.countersign.agent.protocol.ClientAttestationRequest
import dev.countersign.agent.protocol.Configuration
import dev.countersign.agent.protocol.DpopRequest
import dev.countersign.agent.protocol.HttpSignature
import dev.countersign.agent.protocol.HttpSignatureRequest
import dev.countersign.agent.protocol.attestationChallenge
import dev.countersign.agent.protocol.encodeBase64Url
import java.security.SecureRandom

/** A new instance key: what certifies it, and over which challenge. */
class EnrolledKey internal constructor(
    /** Names the key in later calls; no secret. */
    val alias: String,
    /** 65-byte uncompressed P-256 point. */
    val instanceKey: ByteArray,
    /** The open challenge, 60 bytes, that the attestation answers. */
    val challenge: ByteArray,
    /** DER, leaf first. */
    val chain: List<ByteArray>,
)

/**
 * The instance keys of one project in the Android Keystore, and the proofs that they make. There is no way to have chosen bytes signed, and no
 * alias but this project's own is looked at. Every call may take tens of milliseconds, hundreds with a StrongBox: call from a background
 * thread. All throw [KeyFault].
 */
class InstanceKeys(configuration: Configuration) {
    private val prefix = "countersign.${encodeBase64Url(configuration.project)}."
    private val proofs = InstanceProofs(configuration.project)

    /**
     * Makes a key and the platform's evidence for it over this open challenge (60 bytes). Android fixes the challenge when the key is made, so
     * an [alias] of an earlier try is made anew.
     */
    fun enrol(challenge: ByteArray, alias: String? = null): EnrolledKey {
        val name = alias?.also(::assertOwn) ?: newAlias()
        val key = makeKeystoreKey(name, attestationChallenge(challenge))
        val chain = key.chain.map { it.encoded }
        if (chain.size !in 3..6 || chain.any { it.size > MAX_CERTIFICATE_BYTES }) {
            forget(name)
            throw KeyFault.unsupported("this device's keystore attests no keys", name)
        }
        return EnrolledKey(name, key.point, challenge, chain)
    }

    /** ES256 over a statement of this project, 64 bytes. */
    fun prove(alias: String, statement: ByteArray): ByteArray = proofs.prove(load(alias), statement)

    /** ES256 by an old key over an enrolment of a new one, 64 bytes. */
    fun provePrevious(alias: String, statement: ByteArray): ByteArray = proofs.provePrevious(load(alias), statement)

    /** A DPoP proof (RFC 9449), a compact JWS. */
    fun dpop(alias: String, request: DpopRequest): String = proofs.dpop(load(alias), request)

    /** `Signature-Input` and `Signature` (RFC 9421), label `countersign`. */
    fun httpSignature(alias: String, request: HttpSignatureRequest): HttpSignature = proofs.httpSignature(load(alias), request)

    /** The proof that goes with an OAuth client attestation, a compact JWS. */
    fun clientAttestationProof(alias: String, request: ClientAttestationRequest): String =
        proofs.clientAttestationProof(load(alias), request)

    /** Deletes a key. Unknown aliases, and those of others, are ignored. */
    fun forget(alias: String) {
        if (!isOwn(alias)) return
        try {
            openKeystore().deleteEntry(alias)
        } catch (fault: Exception) {
            throw toKeyFault(fault, alias)
        }
    }

    private fun load(alias: String): KeystoreKey {
        assertOwn(alias)
        return KeystoreKey.load(alias)
    }

    private fun isOwn(alias: String): Boolean = alias.startsWith(prefix)

    /** The keystore holds the app's other keys too: the bridge is no way to them. */
    private fun assertOwn(alias: String) {
        if (!isOwn(alias)) throw KeyFault.invalidKey(alias)
    }

    private fun newAlias(): String = prefix + encodeBase64Url(ByteArray(16).also(SecureRandom()::nextBytes))

    private companion object {
        const val MAX_CERTIFICATE_BYTES = 8 * 1024
    }
}
