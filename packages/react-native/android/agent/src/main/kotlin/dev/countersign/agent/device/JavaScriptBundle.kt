package dev.countersign.agent.device

import android.content.Context
import dev.countersign.agent.protocol.encodeBase64Url
import java.io.File
import java.io.IOException
import java.io.InputStream
import java.security.MessageDigest

private const val BUILT_IN = "index.android.bundle"
private const val ASSETS = "assets://"
private const val FILES = "file://"

/**
 * b64u SHA-256 of the JavaScript that runs, by the place that the framework names: `assets://NAME` of the package, or a file, such as an over-the-air update. Null
 * names nothing: the script that the app was built with. Null where there is none, and for a development server's, which is no file.
 *
 * It is read here, after the framework read it and by its name: who changes the framework, the file between the two readings or this process says what they
 * like. What an attestation says of the package holds for the built-in script; of one that was loaded this is a claim.
 */
fun bundleHash(context: Context, script: String? = null): String? = try {
    when {
        script == null -> context.assets.open(BUILT_IN)
        script.startsWith(ASSETS) -> context.assets.open(script.removePrefix(ASSETS))
        script.startsWith(FILES) -> File(script.removePrefix(FILES)).inputStream()
        script.startsWith("/") -> File(script).inputStream()
        else -> null
    }?.use(::hashOf)
} catch (_: IOException) {
    null
}

internal fun hashOf(stream: InputStream): String {
    val digest = MessageDigest.getInstance("SHA-256")
    val held = ByteArray(64 * 1024)
    while (true) {
        val length = stream.read(held)
        if (length < 0) return encodeBase64Url(digest.digest())
        digest.update(held, 0, length)
    }
}
