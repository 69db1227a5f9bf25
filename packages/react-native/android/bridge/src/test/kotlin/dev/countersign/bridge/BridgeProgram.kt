package dev.countersign.bridge

import android.content.Context
import android.content.ContextWrapper
import dev.countersign.agent.channel.ChannelBook
import dev.countersign.agent.channel.proveManagedPath
import dev.countersign.agent.connection.Connections
import dev.countersign.agent.connection.threadTimer
import dev.countersign.agent.protocol.Configuration
import dev.countersign.agent.signals.Detector
import dev.countersign.agent.signals.Sighting
import dev.countersign.agent.signals.SignalWatch
import dev.countersign.agent.start.ProcessWatch
import java.io.File
import java.security.cert.CertificateFactory
import java.security.cert.X509Certificate

private class DeviceContext(private val folder: File) : ContextWrapper(null) {
    override fun getApplicationContext(): Context = this

    override fun getNoBackupFilesDir(): File = folder
}

/** Sees a hook where the device has a file of that name. */
private class HookFile(private val folder: File) : Detector {
    override val name = "hook"
    override val revision = 1

    override fun look(): Sighting? = if (File(folder, "hook").exists()) Sighting("file") else null
}

private class Clean(override val name: String) : Detector {
    override val revision = 1

    override fun look(): Sighting? = null
}

private fun certificatesIn(file: File): Set<X509Certificate> =
    file.inputStream().use { CertificateFactory.getInstance("X.509").generateCertificates(it) }.map { it as X509Certificate }.toSet()

/**
 * The bridge over standard input and output: a line in is a number, a call's name and its JSON text, a line out the number and the answer's text, with
 * tabs between. The arguments are the configuration string and a folder: what the device keeps is written there, and `roots.pem`, which its store holds, and the keys of its
 * keystore lie there; with a file `hook` in it the process is hooked. `policy` is no call of the bridge: it asks what the book of channels says of a host and port. Nor is
 * `takes`: whether a build takes a configuration string.
 */
fun main(arguments: Array<String>) {
    val (configuration, path) = arguments
    val folder = File(path)
    SoftwareKeystore(folder)
    val roots = certificatesIn(File(folder, "roots.pem"))
    val context = DeviceContext(folder)
    val connections = Connections(
        { chain, _, _ -> proveManagedPath(chain, roots) },
        { host, _ -> host == "localhost" || host == "127.0.0.1" || host == "service.example" },
        { System.nanoTime() / 1_000_000 },
        threadTimer(),
    )
    val watch = SignalWatch(listOf("debugger", "emulator", "repackaged", "root").map(::Clean) + HookFile(folder), { System.nanoTime() / 1_000_000 }, ProcessWatch::wipe)
    val bridge = Bridge(context, connections, { Configuration.parse(configuration) }, { watch })
    val out = System.out
    fun say(id: String, text: String) = synchronized(out) { out.write("$id\t$text\n".toByteArray()).also { out.flush() } }
    for (line in System.`in`.bufferedReader().lineSequence()) {
        val (id, name, of) = line.split('\t', limit = 3)
        when (name) {
            "calls" -> say(id, bridge.calls.joinToString(" "))
            "policy" -> {
                val (host, port) = of.split(' ')
                say(id, if (ChannelBook.of(context).policyOf(host, port.toInt()) == null) "none" else "held")
            }
            "takes" -> {
                val (build, text) = of.split(' ')
                say(id, if (runCatching { takenConfiguration(text, isDebuggable = build == "debuggable") }.isSuccess) "taken" else "refused")
            }
            else -> bridge.callText(name, of) { say(id, it) }
        }
    }
}
