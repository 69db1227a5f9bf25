package dev.countersign.reactnative

import android.content.ContentProvider
import android.content.ContentValues
import android.database.Cursor
import android.net.Uri
import com.facebook.react.modules.network.OkHttpClientProvider

/**
 * Provides nothing: the system makes it before the Application's onCreate, and so before anything of React Native asks for a client, which some keep for good. Not
 * exported. An app that does not want its networking held takes it out of the merged manifest (`tools:node="remove"`).
 */
class NetworkingProvider : ContentProvider() {
    override fun onCreate(): Boolean {
        context?.let { OkHttpClientProvider.setOkHttpClientFactory(PinnedClientFactory(it)) }
        return true
    }

    override fun query(uri: Uri, projection: Array<String>?, selection: String?, selectionArgs: Array<String>?, sortOrder: String?): Cursor? = null

    override fun getType(uri: Uri): String? = null

    override fun insert(uri: Uri, values: ContentValues?): Uri? = null

    override fun delete(uri: Uri, selection: String?, selectionArgs: Array<String>?): Int = 0

    override fun update(uri: Uri, values: ContentValues?, selection: String?, selectionArgs: Array<String>?): Int = 0
}
