package dev.countersign.agent

import dev.countersign.agent.keys.InstanceKey
import dev.countersign.agent.protocol.toPoint
import java.security.KeyPairGenerator
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec

/** A key in this process that signs as the keystore does: DER. Remembers what it was given to sign. */
internal class SoftwareKey : InstanceKey {
    private val pair = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }.generateKeyPair()
    val signed = ArrayList<ByteArray>()
    override val alias = "software"
    override val point: ByteArray = toPoint(pair.public as ECPublicKey)

    override fun sign(message: ByteArray): ByteArray {
        signed.add(message)
        return Signature.getInstance("SHA256withECDSA").run {
            initSign(pair.private)
            update(message)
            sign()
        }
    }
}
