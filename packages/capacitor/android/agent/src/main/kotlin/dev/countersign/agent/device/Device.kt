package dev.countersign.agent.device

import android.os.SystemClock
import java.security.SecureRandom

/** Bytes of the platform's cryptographic generator; Hermes has none of its own. At most 1024 at once. */
fun randomBytes(length: Int): ByteArray {
    require(length in 1..1024) { "1 to 1024 bytes" }
    return ByteArray(length).also(SecureRandom()::nextBytes)
}

/** Milliseconds on a clock that runs in sleep and that nobody sets (protocol section 13). */
fun continuousMs(): Long = SystemClock.elapsedRealtime()
