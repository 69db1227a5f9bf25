package dev.countersign.expo

import android.content.Context
import android.content.pm.PackageManager
import dev.countersign.agent.device.InstanceFiles
import dev.countersign.agent.device.appIdentity
import dev.countersign.agent.device.bundleHash
import dev.countersign.agent.device.continuousMs
import dev.countersign.agent.device.randomBytes
import dev.countersign.agent.exchange.ChannelFault
import dev.countersign.agent.exchange.Exchanges
import dev.countersign.agent.keys.InstanceKeys
import dev.countersign.agent.keys.KeyFault
import dev.countersign.agent.protocol.ClientAttestationRequest
import dev.countersign.agent.protocol.Configuration
import dev.countersign.agent.protocol.DpopRequest
import dev.countersign.agent.protocol.HttpSignatureRequest
import dev.countersign.agent.protocol.encodeBase64Url
import dev.countersign.agent.start.ProcessWatch
import expo.modules.kotlin.Promise
import expo.modules.kotlin.modules.Module
import expo.modules.kotlin.modules.ModuleDefinition
import java.util.concurrent.Executors

/**
 * The Android agent as an Expo module: `NativeBridge` of @countersign/client. A call takes one object and answers `{value}`, or `{fault: {code, message}}`. There is
 * no call that signs bytes of the caller's choice, and the project is the app's own, from its manifest: JavaScript cannot name another.
 */
class CountersignModule : Module() {
    private val context: Context
        get() = requireNotNull(appContext.reactContext) { "the app is not running" }
    private val configuration by lazy { Configuration.parse(configurationOf(context)) }
    private val keys by lazy { InstanceKeys(configuration) }
    private val files by lazy { InstanceFiles(context) }
    private val network by lazy { NetworkCalls(Exchanges()) }
    private val threads = Executors.newCachedThreadPool()

    override fun definition() = ModuleDefinition {
        Name("Countersign")

        Function("identity") {
            val app = appIdentity(context)
            mapOf("platform" to "android", "version" to app.version, "build" to app.build, "bundle" to bundleHash(context))
        }
        Function("randomBytes") { length: Int -> encodeBase64Url(randomBytes(length)) }
        Function("continuousMs") { continuousMs().toDouble() }

        AsyncFunction("observe") { answered { observed() } }

        AsyncFunction("enrol") { of: Map<String, Any?> -> answered { enrolled(ofProject(of)) } }
        AsyncFunction("prove") { of: Map<String, Any?> ->
            answered { signature(ofProject(of)) { alias, statement -> keys.prove(alias, statement) } }
        }
        AsyncFunction("provePrevious") { of: Map<String, Any?> ->
            answered { signature(ofProject(of)) { alias, statement -> keys.provePrevious(alias, statement) } }
        }
        AsyncFunction("dpop") { of: Map<String, Any?> -> answered { dpop(Asked(of)) } }
        AsyncFunction("httpSignature") { of: Map<String, Any?> -> answered { httpSignature(Asked(of)) } }
        AsyncFunction("clientAttestationProof") { of: Map<String, Any?> -> answered { clientAttestationProof(Asked(of)) } }
        AsyncFunction("forget") { of: Map<String, Any?> -> answered { keys.forget(Asked(of).text("alias")) } }

        AsyncFunction("read") { of: Map<String, Any?> -> answered { mapOf("value" to files.read(Asked(of).text("name"))) } }
        AsyncFunction("write") { of: Map<String, Any?> ->
            answered { files.write(Asked(of).text("name"), Asked(of).text("value")) }
        }
        AsyncFunction("remove") { of: Map<String, Any?> -> answered { files.remove(Asked(of).text("name")) } }

        // An exchange blocks, and Expo's modules share one thread: each call has one of its own.
        AsyncFunction("send") { of: Map<String, Any?>, promise: Promise ->
            val begun = answered { network.begin(Asked(of)) }
            if ("fault" in begun) promise.resolve(begun) else later(promise) { network.send(Asked(of)) }
        }
        AsyncFunction("receive") { of: Map<String, Any?>, promise: Promise -> later(promise) { network.receive(Asked(of)) } }
        AsyncFunction("upload") { of: Map<String, Any?>, promise: Promise -> later(promise) { network.upload(Asked(of)) } }
        AsyncFunction("abandon") { of: Map<String, Any?>, promise: Promise -> later(promise) { network.abandon(Asked(of)) } }
    }

    private fun later(promise: Promise, make: () -> Any) {
        threads.execute { promise.resolve(answered(make)) }
    }

    private fun observed(): Any {
        val observed = ProcessWatch.of(context).observe()
        val seen = observed.seen.map { (name, count, ageSeconds, detail) ->
            mapOf("name" to name, "count" to count, "ageSeconds" to ageSeconds.toDouble()) + (detail?.let { mapOf("detail" to it) }.orEmpty())
        }
        return mapOf("detectors" to observed.detectors, "seen" to seen)
    }

    private fun enrolled(of: Asked): Any {
        val made = keys.enrol(of.text("alias"), of.bytes("challenge"))
        val point = encodeBase64Url(made.instanceKey)
        val evidence =
            mapOf("type" to "android", "challenge" to encodeBase64Url(made.challenge), "chain" to made.chain.map(::encodeBase64Url))
        return mapOf("instanceKey" to point, "attestedKey" to point, "evidence" to listOf(evidence))
    }

    private fun signature(of: Asked, make: (String, ByteArray) -> ByteArray): Any =
        mapOf("signature" to encodeBase64Url(make(of.text("alias"), of.bytes("statement"))))

    private fun dpop(of: Asked): Any {
        val request =
            DpopRequest(of.text("method"), of.text("url"), of.textOrNull("token"), of.textOrNull("nonce"), of.whole("iat"), of.text("jti"))
        return mapOf("proof" to keys.dpop(of.text("alias"), request))
    }

    private fun httpSignature(of: Asked): Any {
        val header = of.objectOrNull("header")?.let { it.text("name") to it.text("value") }
        val request = HttpSignatureRequest(
            of.text("method"), of.text("targetUri"), of.textOrNull("contentDigest"), header, of.whole("created"), of.text("nonce"),
        )
        val made = keys.httpSignature(of.text("alias"), request)
        return mapOf("signatureInput" to made.signatureInput, "signature" to made.signature)
    }

    private fun clientAttestationProof(of: Asked): Any {
        val request = ClientAttestationRequest(of.text("audience"), of.textOrNull("challenge"), of.whole("iat"), of.text("jti"))
        return mapOf("proof" to keys.clientAttestationProof(of.text("alias"), request))
    }

    /** A call that names a project must name the app's own. */
    private fun ofProject(of: Map<String, Any?>): Asked = Asked(of).also {
        require(it.text("project") == configuration.projectId) { "the project is another" }
    }
}

/** The configuration string that the build put into the app's manifest. */
private fun configurationOf(context: Context): String {
    val data = context.packageManager.getApplicationInfo(context.packageName, PackageManager.GET_META_DATA).metaData
    return requireNotNull(data?.getString("dev.countersign.CONFIGURATION")) { "the manifest has no dev.countersign.CONFIGURATION" }
}

/** What was made as `value`, or why it was not as `fault`: an exception would lose its code on the way. */
private fun answered(make: () -> Any): Map<String, Any> = try {
    val made = make()
    mapOf("value" to (if (made is Unit) true else made))
} catch (fault: KeyFault) {
    mapOf("fault" to mapOf("code" to fault.code, "message" to fault.message))
} catch (fault: ChannelFault) {
    mapOf("fault" to mapOf("code" to fault.code, "message" to fault.message))
} catch (fault: IllegalArgumentException) {
    mapOf("fault" to mapOf("code" to "unsupported", "message" to fault.message))
} catch (_: Exception) {
    mapOf("fault" to mapOf("code" to "unavailable", "message" to "the native half did not answer"))
}
