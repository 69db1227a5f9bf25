package dev.countersign.agent

import android.content.ContextWrapper
import dev.countersign.agent.device.InstanceFiles
import dev.countersign.agent.device.bundleHash
import dev.countersign.agent.protocol.encodeBase64Url
import dev.countersign.agent.protocol.sha256
import java.io.File
import java.io.IOException
import java.nio.file.Files
import java.util.concurrent.FutureTask

private fun <T> inFolder(step: (File) -> T): T {
    val folder = Files.createTempDirectory("countersign-device").toFile()
    return try {
        step(folder)
    } finally {
        folder.deleteRecursively()
    }
}

internal fun deviceTests(checks: Checks) {
    checks.check("files: keep a text under any name, replace it whole, and forget it") {
        inFolder { folder ->
            val files = InstanceFiles(File(folder, "own"))
            assertEquals(null, files.read("../a b"))
            for (text in listOf("", "one", "ü\u0000€".repeat(10_000), "short")) {
                files.write("../a b", text)
                assertEquals(text, InstanceFiles(File(folder, "own")).read("../a b"))
            }
            files.write("other", "o")
            files.remove("../a b")
            files.remove("../a b")
            assertEquals(listOf(null, "o"), listOf("../a b", "other").map(files::read))
            assertEquals(listOf("own"), folder.list()?.toList())
        }
    }

    checks.check("files: a write that was cut off, or cannot be done, leaves what was there") {
        inFolder { folder ->
            val files = InstanceFiles(folder)
            files.write("a", "before")
            val file = folder.listFiles()?.single() ?: throw AssertionError("no file")
            File("$file.new").writeText("hal")
            assertEquals("before", InstanceFiles(folder).read("a"))
            files.write("a", "after")
            assertEquals("after", files.read("a"))
            File("$file.new").mkdir()
            assertThrows<IOException> { files.write("a", "never") }
            assertEquals("after", files.read("a"))
        }
    }

    checks.check("files: one that is there and cannot be read is not one that is not there") {
        inFolder { folder ->
            val files = InstanceFiles(folder)
            files.write("a", "text")
            val file = folder.listFiles()?.single() ?: throw AssertionError("no file")
            file.delete()
            // What opening it says is the same as of a file that is not there.
            file.mkdir()
            assertThrows<IOException> { files.read("a") }
        }
    }

    checks.check("files: two writers of one name leave what one of them wrote, whole") {
        inFolder { folder ->
            val texts = List(4) { "$it".repeat(200_000) }
            val writers = texts.map { text ->
                FutureTask { repeat(40) { InstanceFiles(folder).run { write("a", text); assertTrue(read("a") in texts, "torn") } } }
            }
            for (writer in writers) Thread(writer).start()
            for (writer in writers) writer.get()
        }
    }

    checks.check("bundle: is the file that was loaded, and null for a server's or one that is gone") {
        val context = object : ContextWrapper(null) {}
        inFolder { folder ->
            val script = File(folder, "update.bundle").apply { writeText("var a") }
            val hash = encodeBase64Url(sha256("var a".toByteArray()))
            assertEquals(listOf(hash, hash), listOf("$script", "file://$script").map { bundleHash(context, it) })
            for (other in listOf("http://10.0.2.2:8081/index.bundle", "${script}x", "update.bundle", "")) assertEquals(null, bundleHash(context, other))
        }
    }
}
