"""How much of a reference program another one repeats: its syntax trees and its data flow."""
