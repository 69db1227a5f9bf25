package dev.countersign.agent.signals

import android.os.Build
import java.io.File

/**
 * A rooted system: `su` where it usually lies, Magisk's and KernelSU's traces, mounts they make, an image signed with test keys.
 *
 * Limit: Magisk's and KernelSU's own hiding keeps all of this from a process they are told to hide from. An unlocked bootloader, which they
 * need, is in the key attestation, where they cannot take it out.
 */
class RootDetector : Detector {
    override val name = "root"
    override val revision = 1

    override fun look(): Sighting? {
        val path = paths.firstOrNull { File(it).exists() }
        return when {
            path != null -> Sighting(path.substringAfterLast('/'))
            Build.TAGS.orEmpty().contains("test-keys") -> Sighting("test-keys")
            else -> rootInMounts(linesOf("/proc/self/mountinfo"))?.let(::Sighting)
        }
    }

    private companion object {
        val folders = listOf("/sbin", "/system/bin", "/system/xbin", "/system/sbin", "/vendor/bin", "/su/bin", "/data/local", "/data/local/bin", "/data/local/xbin", "/data/adb/ksu/bin", "/debug_ramdisk")
        val paths = folders.map { "$it/su" } + listOf("/sbin/magisk", "/system/bin/magisk", "/debug_ramdisk/magisk", "/data/adb/magisk", "/data/adb/ksud", "/system/app/Superuser.apk", "/system/xbin/daemonsu")
    }
}

private val mounts = listOf("magisk" to "magisk", "KSU" to "kernelsu", "APatch" to "apatch", "/adb/modules" to "modules")

/** What `/proc/self/mountinfo` shows: the source of a mount, its root and its target carry the tool's name. */
internal fun rootInMounts(lines: List<String>): String? =
    lines.firstNotNullOfOrNull { line -> mounts.firstOrNull { (mark, _) -> mark in line }?.second }
