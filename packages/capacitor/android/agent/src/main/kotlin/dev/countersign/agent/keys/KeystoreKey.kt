package dev.countersign.agent.keys

import dev.countersign.agent.protocol.toPoint
import java.security.KeyStore
import java.security.PrivateKey
import java.security.Signature
import java.security.cert.X509Certificate
import java.security.interfaces.ECPublicKey

/** A key in the Android Keystore. The private key is a handle: its bytes never enter this process. */
internal class KeystoreKey private constructor(
    override val alias: String,
    private val handle: PrivateKey,
    /** Leaf first, as the keystore gave it. */
    val chain: List<X509Certificate>,
    override val point: ByteArray,
) : InstanceKey {
    override fun sign(message: ByteArray): ByteArray = try {
        Signature.getInstance("SHA256withECDSA").run {
            initSign(handle)
            update(message)
            sign()
        }
    } catch (fault: Exception) {
        throw toKeyFault(fault, alias)
    }

    companion object {
        /** Throws [KeyFault]: `invalid_key` where the keystore has no such key. */
        fun load(alias: String): KeystoreKey = try {
            val store = openKeystore()
            val handle = store.getKey(alias, null) as? PrivateKey ?: throw KeyFault.invalidKey(alias)
            val chain = store.getCertificateChain(alias).orEmpty().map { it as X509Certificate }
            val leaf = chain.firstOrNull()?.publicKey as? ECPublicKey ?: throw KeyFault.invalidKey(alias)
            KeystoreKey(alias, handle, chain, toPoint(leaf))
        } catch (fault: Exception) {
            throw toKeyFault(fault, alias)
        }
    }
}

internal fun openKeystore(): KeyStore = KeyStore.getInstance(ANDROID_KEYSTORE).apply { load(null) }

internal const val ANDROID_KEYSTORE = "AndroidKeyStore"
