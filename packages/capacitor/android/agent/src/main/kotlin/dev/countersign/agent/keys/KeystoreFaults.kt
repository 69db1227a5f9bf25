package dev.countersign.agent.keys

import android.os.Build
import android.security.KeyStoreException
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.UserNotAuthenticatedException
import java.security.InvalidAlgorithmParameterException
import java.security.NoSuchAlgorithmException
import java.security.NoSuchProviderException

/**
 * What an exception of the keystore means. Only what says that the key is gone for ever ends a key; everything that may pass, an answer that
 * nobody documents included, is `unavailable` (protocol section 14: keys are deleted on the platform's own word alone). UnrecoverableKeyException
 * is such a one: the keystore throws it when it is merely busy too; of a key that is no more it gives null.
 */
internal fun toKeyFault(fault: Throwable, alias: String): KeyFault {
    if (fault is KeyFault) return fault
    val causes = generateSequence(fault) { it.cause }.take(8).toList()
    return when {
        causes.any { it is KeyPermanentlyInvalidatedException || saysGone(it) } -> KeyFault.invalidKey(alias, fault)
        causes.any { it is UserNotAuthenticatedException } -> KeyFault.unavailable(alias, fault)
        fault is InvalidAlgorithmParameterException || fault is NoSuchAlgorithmException || fault is NoSuchProviderException ->
            KeyFault.unsupported("this device makes no attested P-256 key", alias, fault)
        else -> KeyFault.unavailable(alias, fault)
    }
}

/** Before API level 33 the keystore's own codes cannot be read. */
private fun saysGone(fault: Throwable): Boolean {
    if (Build.VERSION.SDK_INT < 33 || fault !is KeyStoreException) return false
    return fault.numericErrorCode == KeyStoreException.ERROR_KEY_DOES_NOT_EXIST ||
        fault.numericErrorCode == KeyStoreException.ERROR_KEY_CORRUPTED
}
