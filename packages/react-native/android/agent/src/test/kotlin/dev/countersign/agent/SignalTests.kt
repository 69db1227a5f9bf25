package dev.countersign.agent

import dev.countersign.agent.signals.Detector
import dev.countersign.agent.signals.Machine
import dev.countersign.agent.signals.Sighting
import dev.countersign.agent.signals.Signal
import dev.countersign.agent.signals.SignalWatch
import dev.countersign.agent.signals.emulatorIn
import dev.countersign.agent.signals.hookInMaps
import dev.countersign.agent.signals.hookInStack
import dev.countersign.agent.signals.hookInThreads
import dev.countersign.agent.signals.isForeign
import dev.countersign.agent.signals.noteFreeRasp
import dev.countersign.agent.signals.rootInMounts
import dev.countersign.agent.signals.tracerOf
import dev.countersign.agent.start.ProcessWatch

private class Planted(override val name: String, override val revision: Int, private val sights: () -> Sighting?) : Detector {
    override fun look(): Sighting? = sights()
}

internal fun signalTests(checks: Checks) {
    checks.check("remembers what was seen for as long as the process lives") {
        var now = 5_000L
        var isThere = true
        val watch = SignalWatch(listOf(Planted("hook", 3) { if (isThere) Sighting("frida") else null }), { now })
        assertEquals(listOf(Signal("hook", 1, 0, "frida")), watch.observe().seen)
        isThere = false
        now += 12_999
        assertEquals(listOf(Signal("hook", 1, 12, "frida")), watch.observe().seen)
        isThere = true
        assertEquals(listOf(Signal("hook", 2, 0, "frida")), watch.observe().seen)
        assertEquals(mapOf("hook" to 3), watch.observe().detectors)
    }

    checks.check("does not name a detector that fails") {
        val watch = SignalWatch(listOf(Planted("root", 1) { throw SecurityException() }, Planted("hook", 1) { throw NoSuchMethodError() }, Planted("emulator", 2) { null }), { 0 })
        assertEquals(mapOf("emulator" to 2), watch.observe().detectors)
    }

    checks.check("tells of a severe signal once and at once") {
        var told = 0
        val watch = SignalWatch(listOf(Planted("hook", 1) { Sighting() }, Planted("root", 1) { Sighting() }), { 0 }, { told += 1 })
        watch.observe()
        watch.observe()
        assertEquals(1, told)
        watch.note("repackaged", "a\nb" + "c".repeat(200))
        assertEquals(2, told)
        assertEquals(128, watch.observe().seen.first { it.name == "repackaged" }.detail?.length)
    }

    checks.check("tells who comes late of a severe signal that was seen before, once") {
        // The process's own, and the last that looks at it.
        ProcessWatch.wipe()
        var told = 0
        val end = ProcessWatch.onSevere { told += 1 }
        assertEquals(1, told)
        ProcessWatch.wipe()
        assertEquals(2, told)
        end()
        ProcessWatch.wipe()
        assertEquals(2, told)
        ProcessWatch.onSevere { throw IllegalStateException() }()
    }

    checks.check("takes freeRASP's callbacks by both their names, and a newer one for what it is") {
        val watch = SignalWatch(emptyList(), { 0 })
        for (callback in listOf("onRootDetected", "privilegedAccess", "onMalwareDetected", "passcode", "onQuantumDetected")) watch.noteFreeRasp(callback)
        val expected = listOf(Signal("root", 2, 0, "privilegedAccess"), Signal("freerasp", 1, 0, "onQuantumDetected"))
        assertEquals(expected, watch.observe().seen)
    }

    checks.check("knows the traces of instrumentation, and no ordinary library") {
        val plain = "7a1000-7a2000 r-xp 00000000 fd:01 1234   /apex/com.android.runtime/lib64/bionic/libc.so"
        assertEquals(null, hookInMaps(listOf(plain, "7a3000-7a4000 rw-p 00000000 00:00 0", "7a5000-7a6000 rw-p 00000000 00:00 0    [anon:dalvik-main space]", "7a7000-7a8000 r-xp 0 fd:01 9 /data/app/x/lib/arm64/libtoolspdf.so")))
        assertEquals("frida", hookInMaps(listOf(plain, "7b1000-7b2000 r-xp 00000000 fd:01 99  /data/local/tmp/re.frida.server/frida-agent-64.so")))
        assertEquals("lsposed", hookInMaps(listOf("7b1000-7b2000 r-xp 0 fd:01 99 /data/adb/modules/zygisk_lsposed/bin/liblspd.so")))
        assertEquals("frida", hookInThreads(listOf("main", "gum-js-loop\n")))
        assertEquals(null, hookInThreads(listOf("main", "RenderThread", "mqt_js", "gmain", "gdbus")))
        assertEquals("xposed", hookInStack(listOf("java.lang.Throwable", "de.robv.android.xposed.XposedBridge")))
        assertEquals(1234, tracerOf(listOf("Name:\tx", "TracerPid:\t1234")))
        assertEquals(0, tracerOf(listOf("Name:\tx", "TracerPid:\t0")))
        assertEquals(0, tracerOf(emptyList()))
    }

    checks.check("tells emulators from phones by what they say of themselves") {
        val pixel = Machine("google/tegu/tegu:16/BP31.250610.004/13654567:user/release-keys", "Pixel 9a", "Google", "google", "tegu", "tegu", "tegu", "tegu")
        assertEquals(null, emulatorIn(pixel))
        val emulators = listOf(
            pixel.copy(hardware = "ranchu"),
            pixel.copy(product = "sdk_gphone64_x86_64"),
            pixel.copy(model = "Android SDK built for x86"),
            pixel.copy(manufacturer = "Genymotion"),
            pixel.copy(brand = "generic_x86", device = "generic_x86"),
        )
        for (machine in emulators) assertTrue(emulatorIn(machine) != null, "took $machine for a phone")
    }

    checks.check("tells an app's own folder from a cloner's") {
        val own = listOf("/data/user/0/com.example.app/files", "/data/data/com.example.app/files", "/data/user/10/com.example.app/files", "/data/user_de/0/com.example.app/files", "/mnt/expand/12ab-cd/user/0/com.example.app/files")
        for (folder in own) assertTrue(!isForeign(folder, "com.example.app"), "$folder is its own")
        val foreign = listOf("/data/user/0/com.cloner/virtual/data/user/0/com.example.app/files", "/data/data/com.cloner/files", "/data/user/0/com.example.app2/files", "")
        for (folder in foreign) assertTrue(isForeign(folder, "com.example.app"), "$folder is foreign")
    }

    checks.check("sees mounts that rooting makes") {
        assertEquals("magisk", rootInMounts(listOf("22 1 0:20 / / rw - tmpfs tmpfs rw", "31 22 0:21 / /system/bin rw - tmpfs magisk rw")))
        assertEquals("kernelsu", rootInMounts(listOf("31 22 0:21 / /system rw - overlay KSU rw,lowerdir=/system")))
        assertEquals("modules", rootInMounts(listOf("40 22 253:5 /adb/modules/x/system/etc/hosts /system/etc/hosts rw - ext4 /dev/block/dm-5 rw")))
        val plain = listOf("22 1 0:20 / / rw - ext4 /dev/block/dm-5 rw", "50 22 253:5 /app/~~KSUmagisk== /data/app/~~KSUAPatch rw - f2fs /dev/block/dm-9 rw", "", "a - b")
        assertEquals(null, rootInMounts(plain))
    }
}
