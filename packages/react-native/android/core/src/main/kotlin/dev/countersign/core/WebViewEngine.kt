package dev.countersign.core

import android.content.Context
import android.os.Handler
import android.os.Looper
import android.webkit.ConsoleMessage
import android.webkit.JavascriptInterface
import android.webkit.RenderProcessGoneDetail
import android.webkit.WebChromeClient
import android.webkit.WebResourceRequest
import android.webkit.WebResourceResponse
import android.webkit.WebView
import android.webkit.WebViewClient

/**
 * The script in a WebView that nobody sees: Android has no other engine that every device since API level 24 brings along. Its one page is empty, may load nothing and go nowhere, and
 * its renderer is a process without any right of the app's. A WebView of 2022 (Chromium 93) or newer.
 */
internal class WebViewEngine(context: Context, private val script: String, private val host: ScriptHost) : ScriptEngine {
    private val main = Handler(Looper.getMainLooper())
    private val early = ArrayList<String>()
    private var view: WebView? = null
    private var isLoaded = false
    private var isOver = false

    init {
        main.post { open(context) }
    }

    override fun run(statement: String) {
        main.post {
            if (isLoaded) view?.evaluateJavascript(statement, null) else if (!isOver) early.add(statement)
        }
    }

    override fun close() {
        main.post(::end)
    }

    private fun end() {
        isOver = true
        view?.destroy()
        view = null
        early.clear()
    }

    /** Nothing is answered any more, and whoever waits is told. */
    private fun giveUp() {
        end()
        host.gone()
    }

    private fun open(context: Context) {
        val made = try {
            WebView(context)
        } catch (_: RuntimeException) {
            // No WebView is installed, or it is being replaced.
            return giveUp()
        }
        made.settings.apply {
            javaScriptEnabled = true
            blockNetworkLoads = true
            allowFileAccess = false
            allowContentAccess = false
            setGeolocationEnabled(false)
        }
        made.webViewClient = EmptyPage()
        made.webChromeClient = SilentConsole()
        made.addJavascriptInterface(Given(host), "countersignHost")
        view = made
        made.loadDataWithBaseURL(ORIGIN, PAGE, "text/html", "utf-8", null)
    }

    /** The page, which never becomes another. */
    private inner class EmptyPage : WebViewClient() {
        override fun onPageFinished(view: WebView, url: String?) {
            if (isLoaded) return
            isLoaded = true
            view.evaluateJavascript(script, null)
            // A WebView that is too old leaves nothing of it: nobody is to wait for that.
            view.evaluateJavascript("typeof countersign") { left -> if (left != "\"object\"") giveUp() }
            early.forEach { view.evaluateJavascript(it, null) }
            early.clear()
        }

        override fun shouldOverrideUrlLoading(view: WebView, request: WebResourceRequest): Boolean = true

        /** The page itself is asked for too, as `data:`, for which there is no network; all else is answered with nothing. */
        override fun shouldInterceptRequest(view: WebView, request: WebResourceRequest): WebResourceResponse? =
            if (request.isForMainFrame && request.url.scheme == "data") null else WebResourceResponse("text/plain", "utf-8", null)

        override fun onRenderProcessGone(view: WebView, detail: RenderProcessGoneDetail): Boolean {
            giveUp()
            return true
        }
    }

    /** What nobody takes is written to the device's log: an error's text may hold what was handed over. */
    private class SilentConsole : WebChromeClient() {
        override fun onConsoleMessage(message: ConsoleMessage): Boolean = true
    }

    /** What the script finds as `countersignHost`. Numbers of a script are doubles. */
    private class Given(private val host: ScriptHost) {
        @JavascriptInterface
        fun call(id: Double, name: String, of: String) = host.call(id.toLong(), name, of)

        @JavascriptInterface
        fun after(id: Double, delayMs: Double) = host.after(id.toLong(), delayMs)

        @JavascriptInterface
        fun answer(id: Double, text: String) = host.answer(id.toLong(), text)

        @JavascriptInterface
        fun randomBytes(length: Double): String = host.randomBytes(length.toInt())

        @JavascriptInterface
        fun continuousMs(): Double = host.continuousMs()
    }

    private companion object {
        /** Nobody's (RFC 2606). */
        const val ORIGIN = "https://core.countersign.invalid/"
        const val PAGE = "<!doctype html><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\">"
    }
}
