package dev.countersign.agent.device

import android.content.Context
import dev.countersign.agent.protocol.encodeBase64Url
import java.io.IOException
import java.io.InputStream
import java.security.MessageDigest

/**
 * b64u SHA-256 of the JavaScript that the app was built with; null where it has none, as with a development server. What an over-the-air update
 * loads instead is another file, which this does not measure; and it is read here, not by whoever runs it.
 */
fun bundleHash(context: Context, asset: String = "index.android.bundle"): String? = try {
    context.assets.open(asset).use(::hashOf)
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
