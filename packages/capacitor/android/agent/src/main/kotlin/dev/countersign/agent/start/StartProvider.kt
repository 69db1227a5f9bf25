package dev.countersign.agent.start

import android.content.ContentProvider
import android.content.ContentValues
import android.database.Cursor
import android.net.Uri

/**
 * Provides nothing: the system makes a process's content providers before its Application's onCreate, so that the watch's first look comes before any
 * JavaScript and most of the app's own code. Not exported.
 */
class StartProvider : ContentProvider() {
    override fun onCreate(): Boolean {
        context?.let { ProcessWatch.of(it).observe() }
        return true
    }

    override fun query(uri: Uri, projection: Array<String>?, selection: String?, selectionArgs: Array<String>?, sortOrder: String?): Cursor? = null

    override fun getType(uri: Uri): String? = null

    override fun insert(uri: Uri, values: ContentValues?): Uri? = null

    override fun delete(uri: Uri, selection: String?, selectionArgs: Array<String>?): Int = 0

    override fun update(uri: Uri, values: ContentValues?, selection: String?, selectionArgs: Array<String>?): Int = 0
}
