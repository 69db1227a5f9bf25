package dev.countersign.agent.signals

import android.content.Context

/**
 * An app that runs inside another one, as cloners and virtual spaces do: its files lie in the host's folder, not in its own.
 *
 * Limit: a work profile and a second user are not clones and are not reported; a cloner that changes the paths the app is given is not seen. The
 * key attestation names the package that the system knows, which is the host's.
 */
class ClonerDetector(private val context: Context) : Detector {
    override val name = "cloner"
    override val revision = 1

    override fun look(): Sighting? = if (isForeign(context.filesDir.path, context.packageName)) Sighting("files") else null
}

private val ownFolder = Regex("(?:/data/user(?:_de)?/\\d+|/data/data|/mnt/expand/[0-9a-fA-F-]+/user(?:_de)?/\\d+)/([^/]+)/files")

/** True for a folder of files that is not the one the system gives this package. */
internal fun isForeign(files: String, packageName: String): Boolean = ownFolder.matchEntire(files)?.groupValues?.get(1) != packageName
