/**
 * The chat page's script in English; entry_chat_vi.ts is the same in Vietnamese.
 * Each page loads the texts of its own language only.
 * @module
 */
import { openChat } from "./open_chat.ts";
import { chatEn } from "./words_en.ts";

void openChat(chatEn);
