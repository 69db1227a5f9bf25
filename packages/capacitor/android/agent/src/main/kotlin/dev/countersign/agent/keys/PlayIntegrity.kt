package dev.countersign.agent.keys

import dev.countersign.agent.protocol.encodeBase64Url
import dev.countersign.agent.protocol.statementHash

/**
 * Where Play Integrity tokens come from, for projects that ask for them beside key attestation. Google's library
 * (com.google.android.play:integrity) is the app's to bring: this library does not depend on it. A standard request:
 *
 * ```
 * PlayIntegrity { requestHash, answer ->
 *     provider.request(StandardIntegrityTokenRequest.builder().setRequestHash(requestHash).build())
 *         .addOnSuccessListener { answer(it.token()) }
 *         .addOnFailureListener { answer(null) }
 * }
 * ```
 */
fun interface PlayIntegrity {
    /** Asks for one token over this hash (b64u) and answers once: null where Play gives none. */
    fun token(requestHash: String, answer: (String?) -> Unit)
}

/** What a Play Integrity token of a statement must carry: b64u of H (protocol section 5). A new statement needs a new token. */
fun playRequestHash(statement: ByteArray): String = encodeBase64Url(statementHash(statement))
