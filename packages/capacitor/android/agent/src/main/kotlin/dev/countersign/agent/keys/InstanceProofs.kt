package dev.countersign.agent.keys

import dev.countersign.agent.protocol.ClientAttestationRequest
import dev.countersign.agent.protocol.DpopRequest
import dev.countersign.agent.protocol.HttpSignature
import dev.countersign.agent.protocol.HttpSignatureRequest
import dev.countersign.agent.protocol.NoFieldValue
import dev.countersign.agent.protocol.NotThisAppsStatement
import dev.countersign.agent.protocol.clientAttestationSigningInput
import dev.countersign.agent.protocol.dpopSigningInput
import dev.countersign.agent.protocol.formatSignature
import dev.countersign.agent.protocol.previousMessage
import dev.countersign.agent.protocol.readStatement
import dev.countersign.agent.protocol.signatureBase
import dev.countersign.agent.protocol.statementMessage
import dev.countersign.agent.protocol.toJws
import dev.countersign.agent.protocol.toRawSignature

/** The purpose-bound proofs of protocol section 14, for one project (16 bytes). Each builds what is signed itself. */
internal class InstanceProofs(private val project: ByteArray) {
    /** ES256 over `tag("statement") ∥ statement`, 64 bytes. The statement must be of this project, this platform and this very key. */
    fun prove(key: InstanceKey, statement: ByteArray): ByteArray {
        val head = judged(key) { readStatement(statement, project) }
        if (!head.instanceKey.contentEquals(key.point)) throw KeyFault.unsupported("the statement names another key", key.alias)
        return signed(key, statementMessage(statement))
    }

    /** ES256 by an old key over `tag("previous") ∥ H` of a statement that enrols another one. */
    fun provePrevious(key: InstanceKey, statement: ByteArray): ByteArray {
        val head = judged(key) { readStatement(statement, project) }
        if (head.use != "enrol") throw KeyFault.unsupported("only an enrolment has a previous key", key.alias)
        if (head.instanceKey.contentEquals(key.point)) throw KeyFault.unsupported("a key is not its own predecessor", key.alias)
        return signed(key, previousMessage(statement))
    }

    fun dpop(key: InstanceKey, request: DpopRequest): String = jws(key, dpopSigningInput(request, key.point))

    fun clientAttestationProof(key: InstanceKey, request: ClientAttestationRequest): String =
        jws(key, clientAttestationSigningInput(request))

    fun httpSignature(key: InstanceKey, request: HttpSignatureRequest): HttpSignature {
        val made = judged(key) { signatureBase(request, key.point) }
        return HttpSignature(made.signatureInput, formatSignature(signed(key, made.base)))
    }

    private fun jws(key: InstanceKey, signingInput: String): String =
        toJws(signingInput, signed(key, signingInput.toByteArray(Charsets.US_ASCII)))

    private fun signed(key: InstanceKey, message: ByteArray): ByteArray =
        toRawSignature(key.sign(message)) ?: throw KeyFault.unavailable(key.alias)

    private fun <T> judged(key: InstanceKey, read: () -> T): T = try {
        read()
    } catch (fault: NotThisAppsStatement) {
        throw KeyFault.unsupported(fault.message ?: "", key.alias, fault)
    } catch (fault: NoFieldValue) {
        throw KeyFault.unsupported(fault.message ?: "", key.alias, fault)
    }
}
