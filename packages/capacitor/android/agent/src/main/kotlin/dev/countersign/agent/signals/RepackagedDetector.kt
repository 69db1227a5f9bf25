package dev.countersign.agent.signals

import android.content.Context
import android.content.pm.PackageInfo
import android.content.pm.PackageManager
import android.os.Build
import dev.countersign.agent.protocol.sha256

/**
 * An app that is not signed as its makers sign it, or that came from another place than they give it out by. [signers] are SHA-256 digests of
 * signing certificates, lower-case hex; [installers] names of packages that may install it; an empty set looks at nothing of that kind, and with both empty the
 * detector does not run.
 *
 * Limit: whoever repackages the app can take this very check out. The signing digest that counts is the one in the key attestation; this one
 * only makes the lazy visible.
 */
class RepackagedDetector(
    private val context: Context,
    private val signers: Set<String>,
    private val installers: Set<String>,
) : Detector {
    override val name = "repackaged"
    override val revision = 1

    override fun look(): Sighting? {
        check(signers.isNotEmpty() || installers.isNotEmpty()) { "nothing is known of the app's makers" }
        val digests = signaturesOf(context).map { bytes -> sha256(bytes).joinToString("") { "%02x".format(it) } }
        if (signers.isNotEmpty() && (digests.isEmpty() || digests.any { it !in signers })) return Sighting("signer")
        if (installers.isNotEmpty() && installerOf(context) !in installers) return Sighting("installer")
        return null
    }
}

/** The certificates that the package is signed with now, DER. */
private fun signaturesOf(context: Context): List<ByteArray> {
    val manager = context.packageManager
    if (Build.VERSION.SDK_INT < 28) {
        @Suppress("DEPRECATION")
        val info: PackageInfo = manager.getPackageInfo(context.packageName, PackageManager.GET_SIGNATURES)
        @Suppress("DEPRECATION")
        return info.signatures.orEmpty().map { it.toByteArray() }
    }
    val info: PackageInfo = manager.getPackageInfo(context.packageName, PackageManager.GET_SIGNING_CERTIFICATES)
    return info.signingInfo?.apkContentsSigners.orEmpty().map { it.toByteArray() }
}

private fun installerOf(context: Context): String? {
    val manager = context.packageManager
    if (Build.VERSION.SDK_INT >= 30) return manager.getInstallSourceInfo(context.packageName).installingPackageName
    @Suppress("DEPRECATION")
    return manager.getInstallerPackageName(context.packageName)
}
