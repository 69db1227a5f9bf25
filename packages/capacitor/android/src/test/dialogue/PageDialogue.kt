package dev.countersign.capacitor

import android.net.Uri
import android.webkit.WebView
import androidx.webkit.JavaScriptReplyProxy
import androidx.webkit.WebMessageCompat

private class Message(private val kind: Int, private val text: String?) : WebMessageCompat() {
    override fun getType() = kind

    override fun getData() = if (kind == TYPE_STRING) text else throw IllegalStateException("no text")
}

private class Document(private val name: String, private val heard: MutableList<String>) : JavaScriptReplyProxy() {
    override fun postMessage(message: String) {
        heard += "$name: $message"
    }
}

/** The listener itself, asked by documents: each line says what was asked of the agent, and what which document heard. */
fun main() {
    val own = "https://localhost"
    val heard = mutableListOf<String>()
    val asked = mutableListOf<String>()
    val answers = ArrayDeque<(String) -> Unit>()
    val view = WebView()
    val channel = PageChannel(own) { call, give ->
        asked += "${call.name} ${call.of}"
        answers += give
    }
    fun post(text: String?, origin: String = own, isMainFrame: Boolean = true, document: String = "page", kind: Int = WebMessageCompat.TYPE_STRING) =
        channel.onPostMessage(view, Message(kind, text), Uri(origin), isMainFrame, Document(document, heard))
    fun say(name: String) {
        println("$name\t$asked\t$heard")
        asked.clear()
        heard.clear()
    }

    post("1 read {}")
    post("2 observe {}", document = "next page")
    answers.removeLast()("{\"value\":2}")
    answers.removeLast()("{\"value\":1}")
    say("before the main thread's turn")
    view.run()
    say("after it")
    post("1 read {}", isMainFrame = false)
    post("1 read {}", origin = "https://other.example")
    post("1 read {}", origin = "null")
    post("1 read {}", kind = 1)
    post(null)
    post("read {}")
    view.run()
    say("refused")
}
