/**
 * The chat page's script in Vietnamese.
 * @module
 */
import { openChat } from "./open_chat.ts";
import { chatVi } from "./words_vi.ts";

void openChat(chatVi);
