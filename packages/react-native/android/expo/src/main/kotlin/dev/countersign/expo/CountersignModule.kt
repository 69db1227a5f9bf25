package dev.countersign.expo

import android.content.Context
import android.content.pm.PackageManager
import android.util.Base64
import dev.countersign.agent.device.InstanceFiles
import dev.countersign.agent.device.bundleHash
import dev.countersign.agent.device.continuousMs
import dev.countersign.agent.device.randomBytes
import dev.countersign.agent.keys.InstanceKeys
import dev.countersign.agent.keys.KeyFault
import dev.countersign.agent.protocol.ClientAttestationRequest
import dev.countersign.agent.protocol.Configuration
import dev.countersign.agent.protocol.DpopRequest
import dev.countersign.agent.protocol.HttpSignatureRequest
import dev.countersign.agent.start.ProcessWatch
import expo.modules.kotlin.modules.Module
import expo.modules.kotlin.modules.ModuleDefinition

/**
 * The Android agent as an Expo module. Bytes travel as base64url text, times as numbers. There is no function that signs bytes of the caller's choice, and
 * the project is the app's own, from its manifest: JavaScript cannot name another.
 *
 * What keys make is `{value}`, or `{fault: {code, message, alias?}}` with a code of `invalid_key`, `unavailable` and `unsupported`.
 */
class CountersignModule : Module() {
    private val context: Context
        get() = requireNotNull(appContext.reactContext) { "the app is not running" }
    private val keys by lazy { InstanceKeys(Configuration.parse(configurationOf(context))) }
    private val files by lazy { InstanceFiles(context) }

    override fun definition() = ModuleDefinition {
        Name("Countersign")

        Function("configuration") { configurationOf(context) }
        Function("randomBytes") { length: Int -> encode(randomBytes(length)) }
        Function("continuousMs") { continuousMs().toDouble() }

        AsyncFunction("bundleHash") { bundleHash(context) }

        AsyncFunction("enrol") { challenge: String, alias: String? ->
            faulty {
                val made = keys.enrol(decode(challenge), alias)
                mapOf("alias" to made.alias, "instanceKey" to encode(made.instanceKey), "chain" to made.chain.map(::encode))
            }
        }
        AsyncFunction("prove") { alias: String, statement: String ->
            faulty { mapOf("signature" to encode(keys.prove(alias, decode(statement)))) }
        }
        AsyncFunction("provePrevious") { alias: String, statement: String ->
            faulty { encode(keys.provePrevious(alias, decode(statement))) }
        }
        AsyncFunction("dpop") { alias: String, method: String, url: String, token: String?, nonce: String?, iat: Double, jti: String ->
            faulty { keys.dpop(alias, DpopRequest(method, url, token, nonce, iat.toLong(), jti)) }
        }
        AsyncFunction("httpSignature") {
                alias: String, method: String, targetUri: String, contentDigest: String?, headerName: String?, headerValue: String?,
                created: Double, nonce: String,
            ->
            faulty {
                val header = headerName?.let { name -> headerValue?.let { value -> name to value } }
                val made = keys.httpSignature(alias, HttpSignatureRequest(method, targetUri, contentDigest, header, created.toLong(), nonce))
                mapOf("signatureInput" to made.signatureInput, "signature" to made.signature)
            }
        }
        AsyncFunction("clientAttestationProof") { alias: String, audience: String, challenge: String?, iat: Double, jti: String ->
            faulty { keys.clientAttestationProof(alias, ClientAttestationRequest(audience, challenge, iat.toLong(), jti)) }
        }
        AsyncFunction("forget") { alias: String ->
            faulty {
                keys.forget(alias)
                true
            }
        }

        AsyncFunction("observe") {
            val observed = ProcessWatch.of(context).observe()
            mapOf(
                "detectors" to observed.detectors,
                "seen" to observed.seen.map { (name, count, ageSeconds, detail) ->
                    mapOf("name" to name, "count" to count, "ageSeconds" to ageSeconds.toDouble(), "detail" to detail)
                },
            )
        }

        AsyncFunction("read") { name: String -> files.read(name) }
        AsyncFunction("write") { name: String, value: String -> files.write(name, value) }
        AsyncFunction("remove") { name: String -> files.remove(name) }
    }
}

private const val FLAGS = Base64.URL_SAFE or Base64.NO_PADDING or Base64.NO_WRAP

private fun encode(bytes: ByteArray): String = Base64.encodeToString(bytes, FLAGS)

private fun decode(text: String): ByteArray = Base64.decode(text, FLAGS)

/** The configuration string that the build put into the app's manifest. */
private fun configurationOf(context: Context): String {
    val data = context.packageManager.getApplicationInfo(context.packageName, PackageManager.GET_META_DATA).metaData
    return requireNotNull(data?.getString("dev.countersign.CONFIGURATION")) { "the manifest has no dev.countersign.CONFIGURATION" }
}

/** What was made as `value`, or why it was not as `fault`. */
private fun faulty(make: () -> Any): Map<String, Any> = try {
    mapOf("value" to make())
} catch (fault: KeyFault) {
    mapOf("fault" to mapOf("code" to fault.code, "message" to fault.message, "alias" to fault.alias))
} catch (fault: IllegalArgumentException) {
    // Text that is no base64url, or bytes of the wrong length.
    mapOf("fault" to mapOf("code" to "unsupported", "message" to fault.message))
}
