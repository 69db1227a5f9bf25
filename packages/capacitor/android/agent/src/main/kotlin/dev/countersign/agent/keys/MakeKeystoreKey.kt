package dev.countersign.agent.keys

import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import java.security.KeyPairGenerator
import java.security.ProviderException
import java.security.spec.ECGenParameterSpec

/**
 * Makes an attested P-256 key under [alias], in the StrongBox where there is one that does it, else in the TEE. An older key of that alias is
 * replaced. Which of the two it became is for the attestation to say. Throws [KeyFault].
 *
 * The parameters are those that protocol section 5 demands: purpose SIGN alone, SHA-256 alone, and the challenge. No property of the device
 * is attested, no user authentication is asked for, and the key may be used while the device is locked: a proof is made for requests in the
 * background too.
 */
internal fun makeKeystoreKey(alias: String, attestationChallenge: ByteArray): KeystoreKey {
    try {
        if (Build.VERSION.SDK_INT < 28 || !generatedInStrongBox(alias, attestationChallenge)) {
            generate(specOf(alias, attestationChallenge))
        }
    } catch (fault: Exception) {
        throw toKeyFault(fault, alias)
    }
    return KeystoreKey.load(alias)
}

private fun specOf(alias: String, attestationChallenge: ByteArray): KeyGenParameterSpec.Builder =
    KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_SIGN)
        .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
        .setDigests(KeyProperties.DIGEST_SHA256)
        .setAttestationChallenge(attestationChallenge)

private fun generate(spec: KeyGenParameterSpec.Builder) {
    KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, ANDROID_KEYSTORE).run {
        initialize(spec.build())
        generateKeyPair()
    }
}

/**
 * StrongBoxUnavailableException says that there is none. Others have one that is full or at fault, and say so by a plain ProviderException:
 * the TEE answers then, and a device whose keystore itself is away fails there.
 */
private fun generatedInStrongBox(alias: String, attestationChallenge: ByteArray): Boolean {
    if (Build.VERSION.SDK_INT < 28) return false
    return try {
        generate(specOf(alias, attestationChallenge).setIsStrongBoxBacked(true))
        true
    } catch (_: ProviderException) {
        false
    }
}
