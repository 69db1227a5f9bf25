@file:Suppress("PackageDirectoryMismatch")

package android.webkit

import android.content.Context
import android.net.Uri

annotation class JavascriptInterface

class RenderProcessGoneDetail

class ConsoleMessage

class WebResourceResponse(val mimeType: String, val encoding: String, val data: Any?)

interface WebResourceRequest {
    val url: Uri
    val isForMainFrame: Boolean
}

fun interface ValueCallback<T> {
    fun onReceiveValue(value: T)
}

class WebSettings {
    var javaScriptEnabled = false
    var blockNetworkLoads = false
    var allowFileAccess = true
    var allowContentAccess = true

    fun setGeolocationEnabled(@Suppress("UNUSED_PARAMETER") isEnabled: Boolean) = Unit
}

open class WebViewClient {
    open fun onPageFinished(view: WebView, url: String?) = Unit

    open fun shouldOverrideUrlLoading(view: WebView, request: WebResourceRequest): Boolean = false

    open fun shouldInterceptRequest(view: WebView, request: WebResourceRequest): WebResourceResponse? = null

    open fun onRenderProcessGone(view: WebView, detail: RenderProcessGoneDetail): Boolean = false
}

open class WebChromeClient {
    open fun onConsoleMessage(message: ConsoleMessage): Boolean = false
}

/** In place of the platform's: asks its clients what Chromium's asks them, in that order, and evaluates nothing. */
class WebView(@Suppress("UNUSED_PARAMETER") context: Context) {
    val settings = WebSettings()
    var webViewClient = WebViewClient()
    var webChromeClient: WebChromeClient? = null
    val given = mutableMapOf<String, Any>()

    /** The document that was loaded. */
    var page = ""
    val evaluated = mutableListOf<String>()

    init {
        made += this
    }

    fun addJavascriptInterface(value: Any, name: String) {
        given[name] = value
    }

    /** Chromium loads it as data:, and asks for that too (testLoadDataWithBaseUrlTriggersShouldInterceptRequest of its AwContentsClientShouldInterceptRequestTest). */
    fun loadDataWithBaseURL(baseUrl: String, data: String, mimeType: String, encoding: String, historyUrl: String?) {
        check(mimeType == "text/html" && encoding == "utf-8" && historyUrl == null)
        page = if (isAnswered("data:text/html;charset=utf-8;base64,", true)) "" else data
        webViewClient.onPageFinished(this, baseUrl)
    }

    /** Whether the client answers this in the network's place. */
    fun isAnswered(url: String, isForMainFrame: Boolean): Boolean = webViewClient.shouldInterceptRequest(this, request(url, isForMainFrame)) != null

    fun isKept(url: String): Boolean = webViewClient.shouldOverrideUrlLoading(this, request(url, true))

    fun evaluateJavascript(script: String, callback: ValueCallback<String>?) {
        evaluated += script
        callback?.onReceiveValue(if (script == "typeof countersign" && leavesNothing) "\"undefined\"" else "\"object\"")
    }

    fun destroy() {
        evaluated += "destroyed"
    }

    private fun request(at: String, isMain: Boolean) = object : WebResourceRequest {
        override val url = Uri(at)
        override val isForMainFrame = isMain
    }

    companion object {
        val made = mutableListOf<WebView>()

        /** As where the WebView is too old for the script. */
        var leavesNothing = false
    }
}
