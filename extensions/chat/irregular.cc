#include "extensions/chat/irregular.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace quire::chat {
namespace {

// Sorted.
constexpr std::pair<std::string_view, std::string_view> kForms[] = {
    {"ate", "eat"}, {"beaten", "beat"}, {"became", "become"}, {"been", "be"}, {"began", "begin"}, {"begun", "begin"},
    {"bent", "bend"}, {"bitten", "bite"}, {"bled", "bleed"}, {"blew", "blow"}, {"blown", "blow"}, {"bought", "buy"},
    {"bound", "bind"}, {"bred", "breed"}, {"broke", "break"}, {"broken", "break"}, {"brought", "bring"},
    {"built", "build"}, {"burnt", "burn"}, {"came", "come"}, {"caught", "catch"}, {"children", "child"},
    {"chose", "choose"}, {"chosen", "choose"}, {"crept", "creep"}, {"dealt", "deal"}, {"did", "do"}, {"done", "do"},
    {"drank", "drink"}, {"drawn", "draw"}, {"dreamt", "dream"}, {"drew", "draw"}, {"driven", "drive"},
    {"drove", "drive"}, {"drunk", "drink"}, {"dug", "dig"}, {"eaten", "eat"}, {"fallen", "fall"}, {"fed", "feed"},
    {"feet", "foot"}, {"fell", "fall"}, {"felt", "feel"}, {"fled", "flee"}, {"flew", "fly"}, {"flown", "fly"},
    {"forbade", "forbid"}, {"forbidden", "forbid"}, {"forgave", "forgive"}, {"forgiven", "forgive"},
    {"forgot", "forget"}, {"forgotten", "forget"}, {"fought", "fight"}, {"found", "find"}, {"froze", "freeze"},
    {"frozen", "freeze"}, {"gave", "give"}, {"given", "give"}, {"gone", "go"}, {"got", "get"}, {"gotten", "get"},
    {"grew", "grow"}, {"grown", "grow"}, {"heard", "hear"}, {"held", "hold"}, {"hid", "hide"}, {"hidden", "hide"},
    {"hung", "hang"}, {"kept", "keep"}, {"knew", "know"}, {"known", "know"}, {"laid", "lay"}, {"lain", "lie"},
    {"leant", "lean"}, {"learnt", "learn"}, {"led", "lead"}, {"left", "leave"}, {"lent", "lend"}, {"lit", "light"},
    {"lost", "lose"}, {"made", "make"}, {"meant", "mean"}, {"men", "man"}, {"met", "meet"}, {"mice", "mouse"},
    {"misled", "mislead"}, {"mistook", "mistake"}, {"overridden", "override"}, {"overrode", "override"},
    {"overwritten", "overwrite"}, {"overwrote", "overwrite"}, {"paid", "pay"}, {"people", "person"},
    {"proven", "prove"}, {"ran", "run"}, {"rang", "ring"}, {"rebuilt", "rebuild"}, {"rewritten", "rewrite"},
    {"rewrote", "rewrite"}, {"ridden", "ride"}, {"risen", "rise"}, {"rode", "ride"}, {"rose", "rise"},
    {"rung", "ring"}, {"said", "say"}, {"sang", "sing"}, {"sank", "sink"}, {"sat", "sit"}, {"saw", "see"},
    {"seen", "see"}, {"sent", "send"}, {"shaken", "shake"}, {"shone", "shine"}, {"shook", "shake"}, {"shot", "shoot"},
    {"shown", "show"}, {"shrank", "shrink"}, {"shrunk", "shrink"}, {"slept", "sleep"}, {"slid", "slide"},
    {"sold", "sell"}, {"sought", "seek"}, {"spelt", "spell"}, {"spent", "spend"}, {"spoke", "speak"},
    {"spoken", "speak"}, {"sprang", "spring"}, {"spun", "spin"}, {"stole", "steal"}, {"stolen", "steal"},
    {"stood", "stand"}, {"struck", "strike"}, {"stuck", "stick"}, {"sung", "sing"}, {"sunk", "sink"},
    {"swam", "swim"}, {"swept", "sweep"}, {"swore", "swear"}, {"sworn", "swear"}, {"swung", "swing"},
    {"taken", "take"}, {"taught", "teach"}, {"teeth", "tooth"}, {"thought", "think"}, {"threw", "throw"},
    {"thrown", "throw"}, {"told", "tell"}, {"took", "take"}, {"tore", "tear"}, {"torn", "tear"},
    {"understood", "understand"}, {"undid", "undo"}, {"undone", "undo"}, {"withdrawn", "withdraw"},
    {"withdrew", "withdraw"}, {"woke", "wake"}, {"woken", "wake"}, {"women", "woman"}, {"won", "win"},
    {"wore", "wear"}, {"worn", "wear"}, {"wound", "wind"}, {"wove", "weave"}, {"woven", "weave"},
    {"written", "write"}, {"wrote", "write"},
};

}  // namespace

std::string_view BaseForm(std::string_view folded) {
  const auto found = std::lower_bound(std::begin(kForms), std::end(kForms), folded, [](const auto& form, std::string_view word) { return form.first < word; });
  return found != std::end(kForms) && found->first == folded ? found->second : std::string_view();
}

}  // namespace quire::chat
