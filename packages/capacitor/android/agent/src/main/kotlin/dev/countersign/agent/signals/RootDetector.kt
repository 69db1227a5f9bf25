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
        val folders = listOf(
            "/sbin", "/system/bin", "/system/xbin", "/system/sbin", "/vendor/bin", "/su/bin", "/data/local", "/data/local/bin", "/data/local/xbin",
            "/data/adb/ksu/bin", "/debug_ramdisk",
        )
        val paths = folders.map { "$it/su" } + listOf(
            "/sbin/magisk", "/system/bin/magisk", "/debug_ramdisk/magisk", "/data/adb/magisk", "/data/adb/ksud", "/system/app/Superuser.apk",
            "/system/xbin/daemonsu",
        )
    }
}

private val sources = mapOf("magisk" to "magisk", "KSU" to "kernelsu", "APatch" to "apatch")
private val places = mapOf("/.magisk" to "magisk", "/adb/modules" to "modules")

/**
 * What `/proc/self/mountinfo` shows (proc(5)): the mount's source, which stands second after the hyphen, is the tool's name, or its root or target lies where the
 * tools keep their modules. Names of apps' folders are random, so that no part of another field counts.
 */
internal fun rootInMounts(lines: List<String>): String? = lines.firstNotNullOfOrNull { line ->
    val source = line.substringAfter(" - ", "").split(' ').getOrNull(1)
    val where = line.substringBefore(" - ").split(' ').drop(3).take(2)
    sources[source] ?: places.entries.firstOrNull { (mark, _) -> where.any { mark in it } }?.value
}
