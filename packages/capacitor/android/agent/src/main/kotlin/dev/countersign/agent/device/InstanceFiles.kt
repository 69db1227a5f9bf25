package dev.countersign.agent.device

import android.content.Context
import android.util.AtomicFile
import dev.countersign.agent.protocol.encodeBase64Url
import dev.countersign.agent.protocol.sha256
import java.io.File
import java.io.FileNotFoundException

/**
 * Small texts that belong to this installation on this device: the credential, the key list, the manifest. No secret is among them. They lie in
 * the app's folder that is never backed up or moved to another phone; a write that is cut off leaves what was there before.
 */
class InstanceFiles(context: Context) {
    private val folder = File(context.noBackupFilesDir, "countersign")

    /** Null where nothing of that name is kept. Throws IOException. */
    @Synchronized
    fun read(name: String): String? = try {
        file(name).readFully().toString(Charsets.UTF_8)
    } catch (_: FileNotFoundException) {
        null
    }

    @Synchronized
    fun write(name: String, value: String) {
        folder.mkdirs()
        val file = file(name)
        val stream = file.startWrite()
        try {
            stream.write(value.toByteArray(Charsets.UTF_8))
            file.finishWrite(stream)
        } catch (fault: Exception) {
            file.failWrite(stream)
            throw fault
        }
    }

    @Synchronized
    fun remove(name: String) = file(name).delete()

    /** Any text is a name: the file's is its hash. */
    private fun file(name: String): AtomicFile = AtomicFile(File(folder, encodeBase64Url(sha256(name.toByteArray(Charsets.UTF_8)))))
}
