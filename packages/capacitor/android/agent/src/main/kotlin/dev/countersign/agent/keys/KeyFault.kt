package dev.countersign.agent.keys

/**
 * Why a key could not do what was asked. `invalid_key`: it is gone for ever. `unavailable`: try again later. `unsupported`: this device, or the
 * request, never will.
 */
class KeyFault internal constructor(val code: String, message: String, val alias: String?, cause: Throwable? = null) : Exception(message, cause) {
    /** The same of the alias that the caller knows. */
    internal fun of(alias: String) = KeyFault(code, message ?: "", alias, cause)

    internal companion object {
        fun invalidKey(alias: String?, cause: Throwable? = null) = KeyFault("invalid_key", "the key is gone", alias, cause)

        fun unavailable(alias: String?, cause: Throwable? = null) = KeyFault("unavailable", "the keystore did not answer", alias, cause)

        fun unsupported(message: String, alias: String?, cause: Throwable? = null) = KeyFault("unsupported", message, alias, cause)
    }
}
