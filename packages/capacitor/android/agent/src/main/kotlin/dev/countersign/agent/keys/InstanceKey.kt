package dev.countersign.agent.keys

/** An instance key where it lies. Internal: outside of this library there are the proofs alone, and no way to have chosen bytes signed. */
internal interface InstanceKey {
    val alias: String

    /** 65-byte uncompressed P-256 point. */
    val point: ByteArray

    /** ECDSA with SHA-256 over [message], DER as the platform gives it. Throws [KeyFault]. */
    fun sign(message: ByteArray): ByteArray
}
