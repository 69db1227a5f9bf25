package dev.countersign.agent.protocol

/** The signing input of a compact JWS (RFC 7515 §5.1). */
private fun signingInput(header: String, claims: String): String =
    listOf(header, claims).joinToString(".") { encodeBase64Url(it.toByteArray(Charsets.UTF_8)) }

internal fun toJws(signingInput: String, signature: ByteArray): String = "$signingInput.${encodeBase64Url(signature)}"

/** What a DPoP proof says of a request (RFC 9449 §4.2); [iat] in seconds. */
data class DpopRequest(
    val method: String,
    /** The whole URL; the proof leaves out query and fragment. */
    val url: String,
    /** The token the request carries; null where it carries none: the proof has no `ath` then. */
    val token: String?,
    val nonce: String?,
    val iat: Long,
    val jti: String,
) {
    /** Without the token. */
    override fun toString(): String = "DpopRequest(method=$method)"
}

internal fun dpopSigningInput(request: DpopRequest, point: ByteArray): String = signingInput(
    toJson("typ" to "dpop+jwt", "alg" to "ES256", "jwk" to toJwk(point)),
    toJson(
        "jti" to request.jti,
        "htm" to request.method,
        "htu" to request.url.substringBefore('#').substringBefore('?'),
        "iat" to request.iat,
        "ath" to request.token?.let { encodeBase64Url(sha256(it.toByteArray(Charsets.UTF_8))) },
        "nonce" to request.nonce,
    ),
)

/** The proof that goes with an OAuth client attestation (draft-ietf-oauth-attestation-based-client-auth-10); [iat] in seconds. */
data class ClientAttestationRequest(val audience: String, val challenge: String?, val iat: Long, val jti: String)

internal fun clientAttestationSigningInput(request: ClientAttestationRequest): String = signingInput(
    toJson("typ" to "oauth-client-attestation-pop+jwt", "alg" to "ES256"),
    toJson("aud" to request.audience, "jti" to request.jti, "iat" to request.iat, "challenge" to request.challenge),
)
