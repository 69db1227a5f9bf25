package dev.countersign.agent.device

import android.content.Context
import dev.countersign.agent.protocol.encodeBase64Url
import dev.countersign.agent.protocol.sha256
import java.io.File
import java.io.FileNotFoundException
import java.io.FileOutputStream
import java.io.IOException

/**
 * Small texts that belong to this installation on this device: the credential, the key list, the manifest. No secret is among them. They lie in
 * the app's folder that is never backed up or moved to another phone; a write that is cut off leaves what was there before. All of this class in a process take
 * turns: a page or React instance that is made anew writes beside the old one.
 */
class InstanceFiles internal constructor(private val folder: File) {
    constructor(context: Context) : this(File(context.noBackupFilesDir, "countersign"))

    /** Null where nothing of that name is kept. Throws IOException. */
    fun read(name: String): String? = synchronized(turn) {
        val file = file(name)
        try {
            file.readText()
        } catch (fault: FileNotFoundException) {
            // Also thrown where the process may open no more files: who took that for none would begin anew.
            if (file.exists()) throw fault
            null
        }
    }

    fun write(name: String, value: String): Unit = synchronized(turn) {
        folder.mkdirs()
        val file = file(name)
        val next = File("$file.new")
        FileOutputStream(next).use {
            it.write(value.toByteArray(Charsets.UTF_8))
            // On the disk before it takes the other's place: a name that changes first may stand for a file without its bytes.
            it.fd.sync()
        }
        if (!next.renameTo(file)) throw IOException("the file could not take its place")
    }

    fun remove(name: String): Unit = synchronized(turn) {
        val file = file(name)
        if (!file.delete() && file.exists()) throw IOException("the file could not be removed")
    }

    /** Any text is a name: the file's is its hash. */
    private fun file(name: String): File = File(folder, encodeBase64Url(sha256(name.toByteArray(Charsets.UTF_8))))

    private companion object {
        val turn = Any()
    }
}
