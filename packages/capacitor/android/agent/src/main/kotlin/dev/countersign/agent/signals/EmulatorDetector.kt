package dev.countersign.agent.signals

import android.os.Build
import java.io.File

/**
 * The emulators of Android's own tools, Genymotion and the common players of games, by what they say of themselves and the devices they have.
 *
 * Limit: every one of these words can be changed in the image. Key attestation is what an emulator cannot have.
 */
class EmulatorDetector : Detector {
    override val name = "emulator"
    override val revision = 1

    override fun look(): Sighting? {
        val machine = Machine(
            fingerprint = Build.FINGERPRINT.orEmpty(),
            model = Build.MODEL.orEmpty(),
            manufacturer = Build.MANUFACTURER.orEmpty(),
            brand = Build.BRAND.orEmpty(),
            device = Build.DEVICE.orEmpty(),
            product = Build.PRODUCT.orEmpty(),
            hardware = Build.HARDWARE.orEmpty(),
            board = Build.BOARD.orEmpty(),
        )
        val found = emulatorIn(machine) ?: devices.firstOrNull { File(it).exists() }?.substringAfterLast('/')
        return found?.let(::Sighting)
    }

    private companion object {
        val devices = listOf("/dev/qemu_pipe", "/dev/goldfish_pipe", "/dev/socket/qemud", "/dev/vboxguest", "/dev/vboxuser")
    }
}
