package dev.countersign.bridge

import dev.countersign.agent.keys.InstanceKeys
import dev.countersign.agent.protocol.ClientAttestationRequest
import dev.countersign.agent.protocol.Configuration
import dev.countersign.agent.protocol.DpopRequest
import dev.countersign.agent.protocol.HttpSignatureRequest
import dev.countersign.agent.protocol.encodeBase64Url
import java.util.concurrent.Executor

/** `NativeKeyCalls`. */
internal fun keyCalls(where: Executor, configuration: () -> Configuration): Map<String, Call> {
    val keys by lazy { KeyCalls(configuration()) }
    return mapOf(
        "enrol" to where.call { keys.enrol(it) },
        "prove" to where.call { keys.prove(it) },
        "provePrevious" to where.call { keys.provePrevious(it) },
        "dpop" to where.call { keys.dpop(it) },
        "httpSignature" to where.call { keys.httpSignature(it) },
        "clientAttestationProof" to where.call { keys.clientAttestationProof(it) },
        "forget" to where.call { keys.forget(it) },
    )
}

private class KeyCalls(private val configuration: Configuration) {
    private val keys = InstanceKeys(configuration)

    fun enrol(of: Asked): Any {
        val made = keys.enrol(ofProject(of).text("alias"), of.bytes("challenge"))
        val point = encodeBase64Url(made.instanceKey)
        val evidence =
            mapOf("type" to "android", "challenge" to encodeBase64Url(made.challenge), "chain" to made.chain.map(::encodeBase64Url))
        return mapOf("instanceKey" to point, "attestedKey" to point, "evidence" to listOf(evidence))
    }

    fun prove(of: Asked): Any = signature(keys.prove(ofProject(of).text("alias"), of.bytes("statement")))

    fun provePrevious(of: Asked): Any = signature(keys.provePrevious(ofProject(of).text("alias"), of.bytes("statement")))

    fun dpop(of: Asked): Any {
        val request =
            DpopRequest(of.text("method"), of.text("url"), of.textOrNull("token"), of.textOrNull("nonce"), of.whole("iat"), of.text("jti"))
        return mapOf("proof" to keys.dpop(of.text("alias"), request))
    }

    fun httpSignature(of: Asked): Any {
        val header = of.objectOrNull("header")?.let { it.text("name") to it.text("value") }
        val request = HttpSignatureRequest(
            of.text("method"), of.text("targetUri"), of.textOrNull("contentDigest"), header, of.whole("created"), of.text("nonce"),
        )
        val made = keys.httpSignature(of.text("alias"), request)
        return mapOf("signatureInput" to made.signatureInput, "signature" to made.signature)
    }

    fun clientAttestationProof(of: Asked): Any {
        val request = ClientAttestationRequest(of.text("audience"), of.textOrNull("challenge"), of.whole("iat"), of.text("jti"))
        return mapOf("proof" to keys.clientAttestationProof(of.text("alias"), request))
    }

    fun forget(of: Asked) = keys.forget(of.text("alias"))

    private fun signature(made: ByteArray): Any = mapOf("signature" to encodeBase64Url(made))

    /** A call that names a project must name the app's own. */
    private fun ofProject(of: Asked): Asked = of.also {
        require(it.text("project") == configuration.projectId) { "the project is another" }
    }
}
