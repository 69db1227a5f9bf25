package dev.countersign.core

import android.content.Context
import android.os.Handler
import android.webkit.ConsoleMessage
import android.webkit.RenderProcessGoneDetail
import android.webkit.WebView

private class Host : ScriptHost {
    var goneTimes = 0

    override fun call(id: Long, name: String, of: String) = Unit

    override fun after(id: Long, delayMs: Double) = Unit

    override fun answer(id: Long, text: String) = Unit

    override fun randomBytes(length: Int): String = ""

    override fun continuousMs(): Double = 0.0

    override fun gone() {
        goneTimes += 1
    }
}

/** The engine itself, asked as Chromium asks it: each line says what came of it. */
fun main() {
    val host = Host()
    val engine = WebViewEngine(Context(), "script", host)
    engine.run("early")
    Handler.runAll()
    val view = WebView.made.single()
    engine.run("late")
    Handler.runAll()
    println("evaluated\t${view.evaluated}")
    println("page\t${view.page}")
    val asked = listOf("https://core.countersign.invalid/a.js", "https://other.example/", "http://localhost/", "file:///sdcard/a", "data:text/html,x")
    println("answered in the network's place\t${asked.all { view.isAnswered(it, false) } && asked.take(4).all { view.isAnswered(it, true) }}")
    println("stays on its page\t${(asked + "intent:x" + "about:blank").all(view::isKept)}")
    println("keeps its console\t${view.webChromeClient?.onConsoleMessage(ConsoleMessage())}")
    println("given\t${view.given.keys}")
    println("renderer gone\t${view.webViewClient.onRenderProcessGone(view, RenderProcessGoneDetail())}")
    Handler.runAll()
    engine.run("after the end")
    Handler.runAll()
    println("after it\t${view.evaluated.takeLast(1)} ${host.goneTimes}")
    println("kept of what came too late\t${WebViewEngine::class.java.getDeclaredField("early").apply { isAccessible = true }.get(engine)}")

    WebView.leavesNothing = true
    val late = Host()
    WebViewEngine(Context(), "script", late).run("asked")
    Handler.runAll()
    println("a script that left nothing\t${late.goneTimes} ${WebView.made.last().evaluated}")
}
